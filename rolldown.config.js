import { basename } from "node:path";
import { defineConfig } from "rolldown";
import { minify } from "rolldown/utils";

/**
 * Each package's compiled files as a few larger ones, which is what is published and run: Node takes as long to find and
 * compile four hundred small modules as Stripe takes to answer (docs/decisions/0009-bundles.md).
 *
 * One build a package: all of its entries share one copy of each module, so that an error of the library that a job
 * imports is an error of the command that runs the job. Other packages stay outside, but for those in `bundled`.
 */
const bundle = (name, entries, bundled = []) => ({
  input: Object.fromEntries(entries.map(([entry, file]) => [entry, `packages/${name}/dist/${file}`])),
  platform: "node",
  plugins: [minified(bundled.map((id) => basename(id)))],
  external: (id) => /^[@a-z]/.test(id) && !bundled.includes(id),
  output: {
    dir: `packages/${name}/dist/bundle`,
    cleanDir: true,
    entryFileNames: "[name].js",
    // A file for each dependency, under its name.
    codeSplitting: { groups: bundled.map((id) => ({ name: basename(id), test: new RegExp(`/node_modules/${id}/`) })) },
  },
});

/** Little more than half as much for Node to compile. Our own files keep their names and lines, for whoever reads a stack trace. */
function minified(names) {
  return {
    name: "minified-dependencies",
    renderChunk: async (code, { name }) => (names.includes(name) ? (await minify(name, code)).code : null),
  };
}

export default defineConfig([
  bundle("injest", [
    ["index", "index.js"],
    ["clock", "clock.js"],
    ["errors", "errors.js"],
    ["testing", "testing/index.js"],
  ]),
  bundle(
    "lorchestra",
    [
      ["bin", "cli/bin.js"],
      ["index", "index.js"],
      ["testing", "testing/index.js"],
    ],
    // Of many small files themselves, and in no type that anybody else gets to see.
    ["@duckdb/node-api", "commander", "picocolors", "yaml"],
  ),
]);
