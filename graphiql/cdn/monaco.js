// The editor as one file, under every name by which GraphiQL asks for its parts.
globalThis.MonacoEnvironment = {
  // What a worker imports is not checked by hash, so there is none: the editor works in the page.
  getWorker: () => {
    throw new Error('GraphiQL from the CDN works without web workers.');
  },
};
await new Promise((resolve, reject) => require(['vs/editor/editor.main'], resolve, reject));

export const { editor, languages, Emitter, KeyCode, KeyMod, MarkerSeverity, Range, Uri } =
  globalThis.monaco;
export { Uri as URI };
// Patched in Firefox only, where the single file keeps the original to itself.
export const MouseTargetFactory = {};
