// GraphiQL keeps tabs, variables and history in local storage. A mutation may carry a secret and a
// variable a customer's name, so only what says nothing about the data outlives the page.
const KEPT = {
  'graphiql:theme': null,
  'graphiql:visiblePlugin': null,
  'graphiql:docExplorerFlex': '0.3',
  'graphiql:editorFlex': null,
  'graphiql:secondaryEditorFlex': null,
};

const memory = new Map();

export const storage = {
  getItem: (key) =>
    key in KEPT ? (localStorage.getItem(key) ?? KEPT[key]) : (memory.get(key) ?? null),
  setItem: (key, value) =>
    key in KEPT ? localStorage.setItem(key, value) : memory.set(key, value),
  removeItem: (key) => {
    localStorage.removeItem(key);
    memory.delete(key);
  },
  clear: () => {
    Object.keys(KEPT).forEach((key) => localStorage.removeItem(key));
    memory.clear();
  },
  get length() {
    return memory.size;
  },
};
