import { createElement as h, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { examplesPlugin } from './examples.js';
import { fetcherFor } from './fetcher.js';
import { Header } from './header.js';
import { storage } from './storage.js';
import { takeTokenFromAddress } from './token.js';

// Read before anything is fetched: the token should not stand in the address bar for a moment
// longer than needed.
const firstToken = takeTokenFromAddress() ?? '';

function Page({ defaultQuery, examples }) {
  const [token, setToken] = useState(firstToken);
  useEffect(() => {
    const take = () => setToken((old) => takeTokenFromAddress() ?? old);
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, []);
  // A new fetcher makes GraphiQL read the schema again, as the new principal.
  const fetcher = useMemo(() => fetcherFor(token), [token]);
  const plugins = useMemo(() => [examples, HISTORY_PLUGIN], [examples]);
  return h(
    'div',
    { className: 'bills-page graphiql-container' },
    h(Header, { token, onToken: setToken }),
    h(
      GraphiQL,
      {
        fetcher,
        defaultQuery,
        plugins,
        storage,
        visiblePlugin: examples,
        shouldPersistHeaders: false,
      },
      h(GraphiQL.Logo, null, ' '),
    ),
  );
}

async function start() {
  const answer = await fetch('/graphiql/config.json');
  const { defaultQuery, queries } = await answer.json();
  const root = createRoot(document.getElementById('page'));
  root.render(h(Page, { defaultQuery, examples: examplesPlugin(queries) }));
}

start();
