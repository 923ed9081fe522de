import { defineConfig } from 'vite';

export default defineConfig({
  base: '/graphiql/',
  build: {
    outDir: '../api/static/graphiql',
    emptyOutDir: true,
    // Most of it is one editor; splitting it further would not make it smaller.
    chunkSizeWarningLimit: 8000,
    license: { fileName: 'licenses.md' },
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: 'es' },
});
