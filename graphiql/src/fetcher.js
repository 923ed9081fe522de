import { createGraphiQLFetcher } from '@graphiql/toolkit';

/** Sends queries and mutations as GraphiQL does, and follows subscriptions as event streams. */
export function fetcherFor(token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const ask = createGraphiQLFetcher({ url: '/graphql', headers, enableIncrementalDelivery: false });
  return (request, options) =>
    isSubscription(request, options?.documentAST) ? follow(request, headers) : ask(request, options);
}

function isSubscription({ operationName }, document) {
  const operations = document?.definitions.filter((one) => one.kind === 'OperationDefinition');
  const chosen = operations?.find((one) => !operationName || one.name?.value === operationName);
  return chosen?.operation === 'subscription';
}

// Not a generator to the outside: its `return` would wait for the next event before it ends.
function follow(request, headers) {
  const stop = new AbortController();
  const answers = read(request, headers, stop.signal);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => answers.next(),
    return() {
      stop.abort();
      return answers.return();
    },
  };
}

async function* read(request, headers, signal) {
  try {
    const answer = await fetch('/graphql', {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body: JSON.stringify(request),
      signal,
    });
    if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      return yield await answer.json();
    }
    yield* events(answer.body.pipeThrough(new TextDecoderStream()).getReader());
  } catch (failure) {
    if (!signal.aborted) throw failure;
  }
}

async function* events(reader) {
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const whole = text.split(/\r?\n\r?\n/);
    text = whole.pop();
    for (const event of whole) {
      const data = event.match(/^data: (.+)$/m);
      if (/^event: next\s*$/m.test(event) && data) yield JSON.parse(data[1]);
    }
  }
}
