// What modules of the page touch when they are loaded, for tests in node.
globalThis.location = {hash: '', host: '127.0.0.1'};
globalThis.history = {
  pushState: (_state, _title, address) => { globalThis.location.hash = address; },
  replaceState: (_state, _title, address) => { globalThis.location.hash = address; },
};
globalThis.addEventListener ??= () => {};
globalThis.matchMedia = () => ({matches: false, addEventListener: () => {}});
globalThis.localStorage = {getItem: () => null, setItem: () => {}, removeItem: () => {}};
globalThis.document = {documentElement: {dataset: {}}, querySelector: () => null};
