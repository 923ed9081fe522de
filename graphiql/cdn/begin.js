import { begin } from './commonjs.js';

begin(decodeURIComponent(new URL(import.meta.url).search.slice(1)));
