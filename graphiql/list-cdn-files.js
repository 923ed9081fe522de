// Writes cdn/files.json: the npm files that make up the page where it was not built, with hashes.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PACKAGES = `${HERE}node_modules/`;

// By the name under which each is asked for. Those that also come as modules come in hundreds. Of
// react-compiler-runtime the build has two versions; one function is all of it, and one is enough.
const COMMONJS = {
  './constants': 'picomatch-browser/lib/constants.js',
  './feature-bundle-DCvX2NZJ.js': 'framer-motion/dist/cjs/feature-bundle-DCvX2NZJ.js',
  './index-_nhch56y.js': 'framer-motion/dist/cjs/index-_nhch56y.js',
  './lib/picomatch': 'picomatch-browser/lib/picomatch.js',
  './parse': 'picomatch-browser/lib/parse.js',
  './scan': 'picomatch-browser/lib/scan.js',
  './utils': 'picomatch-browser/lib/utils.js',
  'framer-motion': 'framer-motion/dist/cjs/index.js',
  'is-plain-object': 'is-plain-object/index.js',
  'is-primitive': 'is-primitive/index.js',
  isobject: 'isobject/index.js',
  'markdown-it': 'markdown-it/dist/browser/markdown-it.umd.min.js',
  'motion-dom': 'motion-dom/dist/cjs/index.js',
  'motion-utils': 'motion-utils/dist/cjs/index.js',
  nullthrows: 'nullthrows/nullthrows.js',
  'picomatch-browser': 'picomatch-browser/index.js',
  react: 'react/cjs/react.production.js',
  'react-compiler-runtime': 'react-compiler-runtime/dist/index.js',
  'react-dom': 'react-dom/cjs/react-dom.production.js',
  'react-dom/client': 'react-dom/cjs/react-dom-client.production.js',
  'react/jsx-runtime': 'react/cjs/react-jsx-runtime.production.js',
  scheduler: 'scheduler/cjs/scheduler.production.js',
  'set-value': 'set-value/index.js',
  'use-sync-external-store/with-selector':
    'use-sync-external-store/cjs/use-sync-external-store-with-selector.production.js',
};
// The editor also comes as few files, to be run in this order.
const SCRIPTS = [
  'monaco-editor/min/vs/loader.js',
  'monaco-editor/min/vs/editor/editor.main.js',
  'monaco-editor/min/vs/language/json/jsonMode.js',
  'monaco-editor/min/vs/language/json/jsonWorker.js',
  'monaco-editor/min/vs/basic-languages/graphql/graphql.js',
];
const STYLES = ['graphiql/dist/style.css'];
// The same code as modules, and without the parts that the page does not use.
const INSTEAD = {
  '@headlessui/react': '@headlessui/react/dist/components/combobox/combobox.js',
  'prettier/parser-babel': 'prettier/plugins/babel.mjs',
  'prettier/parser-graphql': 'prettier/plugins/graphql.mjs',
};

const imports = {};
const scopes = {};
const files = {};
const names = {};
const suffixless = new Set();

/** A path in node_modules → the package as the CDN calls it, and the file in it. */
function located(path) {
  const [, folder, name, file] = path.match(/^(.*node_modules\/)?((?:@[^/]+\/)?[^/]+)\/(.*)$/);
  const about = readFileSync(`${PACKAGES}${folder ?? ''}${name}/package.json`);
  return { owner: `${name}@${JSON.parse(about).version}`, file };
}

function hashed(path) {
  const { owner, file } = located(path);
  const digest = createHash('sha256')
    .update(readFileSync(PACKAGES + path))
    .digest('base64');
  (files[owner] ??= {})[file] = digest;
  return `${owner}/${file}`;
}

/** The import map's entry for what `importer` asks for as `source`, found at `path`. */
function noteImport(source, importer, path) {
  const at = hashed(path);
  if (/^\.\.?\//.test(source)) noteSuffix(posix.join(posix.dirname(importer), source), path);
  else if (source === '.') inScope(posix.dirname(importer) + '/')[source] = at;
  else if (path.includes('node_modules/')) inScope(importer)[source] = at;
  else imports[source] = at;
}

/** Names that mean something else to this file or folder than to the others. */
function inScope(path) {
  const { owner, file } = located(path);
  return (scopes[`${owner}/${file}`] ??= {});
}

function noteSuffix(asked, path) {
  if (asked === path) return;
  if (path.replace(/\.js$/, '').replace(/\/index$/, '') !== asked)
    throw new Error(`No rule leads from ${asked} to ${path}.`);
  suffixless.add(located(path).owner);
}

/** Which names of a CommonJS package are imported; no other package may be CommonJS. */
function noteNames(code, id, body) {
  if (!body.some((node) => /^(Im|Ex)port/.test(node.type)) && /\bexports\b/.test(code))
    throw new Error(`${id} is CommonJS and not listed as such.`);
  for (const node of body) {
    const source = node.type === 'ImportDeclaration' && node.source.value;
    if (!source || !isCommonJs(source)) continue;
    const known = (names[source] ??= new Set());
    node.specifiers.forEach((each) => known.add(each.imported?.name ?? each.type));
  }
}

const recorder = {
  name: 'recorder',
  enforce: 'pre',
  async resolveId(source, importer, options) {
    if (!importer) return null;
    if (source.startsWith('monaco-editor/')) imports[source] = '/graphiql/cdn/monaco.js';
    if (source.startsWith('monaco-editor/') || isCommonJs(source))
      return { id: source, external: true };
    const found = INSTEAD[source]
      ? { id: PACKAGES + INSTEAD[source] }
      : await this.resolve(source, importer, { ...options, skipSelf: true });
    if (found?.id.startsWith(PACKAGES))
      noteImport(source, inPackages(importer), inPackages(found.id));
    return found;
  },
  transform(code, id) {
    if (id.startsWith(HERE)) noteNames(code, id, this.parse(code).body);
  },
};

/** A relative name in the list is one CommonJS file's name for another; modules use them too. */
function isCommonJs(source) {
  return source in COMMONJS && !source.startsWith('.');
}

function inPackages(path) {
  return path.slice(PACKAGES.length);
}

/** One CommonJS file: where it is, which others it needs first, and what it exports. */
function commonJs([name, path]) {
  const code = readFileSync(PACKAGES + path, 'utf8');
  const asked = [...code.matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(([, each]) => each);
  const requires = [...new Set(asked)].filter((each) => each in COMMONJS && each !== name);
  return [name, { file: hashed(path), requires, names: exportedNames(name, path) }];
}

function exportedNames(name, path) {
  const asked = [...(names[name] ?? [])];
  if (!asked.includes('ImportNamespaceSpecifier'))
    return asked.filter((each) => !/^Import/.test(each)).sort();
  return Object.keys(createRequire(import.meta.url)(PACKAGES + path)).sort();
}

/** By key, in every depth, so that the file does not change unless the page does. */
function sorted(value) {
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

await build({
  root: HERE,
  configFile: false,
  logLevel: 'error',
  plugins: [recorder],
  build: { write: false, minify: false, rolldownOptions: { input: `${HERE}cdn/main.js` } },
});
const page = {
  imports,
  scopes,
  commonjs: Object.fromEntries(Object.entries(COMMONJS).map(commonJs)),
  scripts: SCRIPTS.map(hashed),
  styles: STYLES.map(hashed),
  suffixless: [...suffixless].sort(),
  files,
};
writeFileSync(`${HERE}cdn/files.json`, `${JSON.stringify(sorted(page), null, 1)}\n`);
