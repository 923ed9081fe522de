import { createElement as h, useEffect, useState } from 'react';
import { bare } from './token.js';

export function Header({ token, onToken }) {
  const [typed, setTyped] = useState(token);
  useEffect(() => setTyped(token), [token]);
  const use = () => onToken(bare(typed));
  return h(
    'header',
    { className: 'bills-header' },
    h(Mark),
    h('h1', null, 'Partner Bills'),
    h('span', { className: 'bills-kind' }, 'GraphQL explorer'),
    h(
      'div',
      { className: 'bills-token', 'data-set': token !== '' },
      h('output', { htmlFor: 'token' }, token ? 'Token set' : 'No token: queries are refused'),
      h('label', { htmlFor: 'token' }, 'Bearer token'),
      h('input', {
        id: 'token',
        type: 'password',
        value: typed,
        placeholder: 'paste it here',
        title: 'Sent as “Authorization: Bearer …”. Kept in this page only, never stored.',
        autoComplete: 'off',
        spellCheck: false,
        onChange: (event) => setTyped(event.target.value),
        onBlur: use,
        onKeyDown: (event) => event.key === 'Enter' && use(),
      }),
      token && h('button', { type: 'button', onClick: () => onToken('') }, 'Forget'),
    ),
  );
}

function Mark() {
  return h(
    'svg',
    { viewBox: '0 0 24 24', width: 24, height: 24, 'aria-hidden': true },
    h('path', { className: 'bills-mark-paper', d: 'M5 2h14v20l-3.5-2.2L12 22l-3.5-2.2L5 22z' }),
    h('path', { className: 'bills-mark-ink', d: 'M8.5 7.5h7M8.5 11.5h7M8.5 15.5h4' }),
  );
}
