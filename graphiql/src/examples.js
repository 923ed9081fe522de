import { createElement as h } from 'react';
import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';

/** A GraphiQL panel that lists queries by name and opens each in a tab of its own. */
export function examplesPlugin(queries) {
  return {
    title: 'Examples',
    icon: Icon,
    content: () => h(Examples, { queries }),
  };
}

function Examples({ queries }) {
  const { tabs, activeTabIndex, queryEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'queryEditor'),
  );
  const { addTab, changeTab } = useGraphiQLActions();

  function open(query) {
    // A tab learns of its query a moment after its editor: a double click must not open two.
    if (queryEditor.getValue() === query) return;
    const existing = tabs.findIndex((tab) => tab.query === query);
    if (existing === activeTabIndex) return;
    if (existing >= 0) return changeTab(existing);
    if (queryEditor.getValue().trim() !== '') addTab();
    queryEditor.setValue(query);
  }

  return h(
    'section',
    { className: 'bills-examples', 'aria-label': 'Examples' },
    h('h2', { className: 'graphiql-doc-explorer-title' }, 'Examples'),
    h('p', null, 'Each opens in a tab of its own. Run it with Ctrl-Enter.'),
    h(
      'ul',
      null,
      Object.entries(queries).map(([name, query]) =>
        h('li', { key: name }, h('button', { type: 'button', onClick: () => open(query) }, name)),
      ),
    ),
  );
}

function Icon() {
  return h(
    'svg',
    { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 },
    h('path', { d: 'M4 5h16M4 12h10M4 19h13', strokeLinecap: 'round' }),
  );
}
