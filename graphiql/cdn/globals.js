// What the npm files expect to find before the first of them runs.
globalThis.process = { env: { NODE_ENV: 'production' } };
// Options of the editor's loader: its styles come with GraphiQL's.
globalThis.require = { 'vs/css': { disabled: true } };
