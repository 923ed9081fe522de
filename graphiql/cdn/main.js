// Only a browser that checks the hashes in an import map refuses this file. One that does not
// would run whatever the CDN sends.
const isChecked = await import('./must-be-refused.js').then(
  () => false,
  () => true,
);

if (isChecked) {
  const { GraphQLWorker } = await import('monaco-graphql/esm/GraphQLWorker.js');
  define('monaco-graphql/esm/GraphQLWorker.js', [], () => ({
    create: (context, data) => new GraphQLWorker(context, data),
  }));
  await import('../src/page.js');
} else {
  document.getElementById('page').textContent =
    'This browser cannot check the hashes of what it would load from the CDN. ' +
    'Use a newer one, or install Node and start again: then GraphiQL is built here.';
}
