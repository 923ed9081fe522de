"""Who and what appears in the month of the marks: everything personal and secret is one."""

import secrets
from dataclasses import dataclass, field
from functools import cached_property

from tests.canaries.marks import Mark, marked


def _digits(count: int) -> str:
    return "".join(secrets.choice("123456789") for _ in range(count))


def _characters(count: int) -> str:
    return "".join(chr(secrets.choice(range(0x4E00, 0x9F00))) for _ in range(count))


@dataclass(frozen=True)
class Cast:
    """Personal data, what is only for those who have it, and secrets; `later` come up meanwhile."""

    name: Mark = field(default_factory=lambda: marked("customer name", "{} Trading"))
    other: Mark = field(default_factory=lambda: marked("other name", "{}公司", _characters(6)))
    mobile: Mark = field(default_factory=lambda: marked("mobile", "+86 {}", "19" + _digits(13)))
    email: Mark = field(default_factory=lambda: marked("e-mail", "{}@mail.example"))
    company: Mark = field(default_factory=lambda: marked("legal name", "{} Holding Ltd."))
    street: Mark = field(default_factory=lambda: marked("street", "{} Road 7"))
    tax_number: Mark = field(default_factory=lambda: marked("tax number", "DE{}", _digits(9)))
    question: Mark = field(default_factory=lambda: marked("question", "Mr {} asks why."))
    reply: Mark = field(default_factory=lambda: marked("reply", "Tell Ms {} that we look."))

    path: Mark = field(default_factory=lambda: marked("webhook path", "/hooks/{}?t=1"))
    means: Mark = field(default_factory=lambda: marked("means of payment", "pm_{}"))
    refused_means: Mark = field(default_factory=lambda: marked("refused means", "pm_gone{}"))

    key_id: Mark = field(default_factory=lambda: marked("access key id", "AKIA{}"))
    key: Mark = field(default_factory=lambda: marked("secret access key", "{}/secret+Key"))
    new_key: Mark = field(default_factory=lambda: marked("renewed access key", "{}/renewed+Key"))
    house: Mark = field(
        default_factory=lambda: marked("BILLS_SECRET", "{}-of-the-whole-house-0123")
    )
    hook: Mark = field(default_factory=lambda: marked("gateway's signing secret", "whsec_{}"))
    later: list[Mark] = field(default_factory=list)

    @cached_property
    def personal(self) -> list[Mark]:
        """Data about people, and what they write to each other."""
        people = [self.name, self.other, self.mobile, self.email]
        return [*people, self.company, self.street, self.tax_number, self.question, self.reply]

    @cached_property
    def confidential(self) -> list[Mark]:
        """Addresses and names that only their owner knows."""
        return [self.path, self.means, self.refused_means]

    @property
    def secret(self) -> list[Mark]:
        """What opens something: tokens, keys, signatures."""
        return [self.key_id, self.key, self.new_key, self.house, self.hook, *self.later]

    @property
    def everything(self) -> list[Mark]:
        """All marks."""
        return [*self.personal, *self.confidential, *self.secret]

    def learn(self, what: str, text: str) -> None:
        """One more secret, which the product has made itself."""
        self.later.append(Mark(what, text, text))
