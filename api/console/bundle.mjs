// One build: bundle.mjs FOLDER [--watch]. The same sources and tools give the same bytes.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";

const [folder, watch] = process.argv.slice(2);

/** Where the server has the files. */
const PUBLIC = "/console/assets/";

/** Libraries change seldom. As entries of their own they get files of their own, which browsers keep when the console changes. */
const LIBRARIES = ["view", "editor", "layout", "digest"];

const entries = { main: "src/main.tsx", style: "src/style/style.css", icon: "src/style/icon.svg" };
for (const name of LIBRARIES) entries[`vendor-${name}`] = `src/vendor/${name}.ts`;

/** Pages that the server sends, and the entries whose files each of them names. */
const PAGES = {
  "index.html": [entries.main],
  "function.html": [entries.main, "src/pages/function.tsx", "src/editor/editor.tsx"],
};

/**
 * A file of its own is made for each set of entries that share code. Whatever is loaded later imports the first page here, and so
 * shares one file with it: browsers ask for six files at once, and the seventh would cost another round trip.
 */
const shareWithMain = {
  name: "share-with-main",
  setup(build) {
    build.onLoad({ filter: /\/src\/(?:pages|editor)\/\w+\.tsx$/ }, async ({ path }) => ({
      contents: `${await readFile(path, "utf8")}\nimport "../main.tsx";`,
      loader: "tsx",
    }));
  },
};

/** The licences of all libraries that are in the bundle, which go where the bundle goes. */
async function licences(inputs) {
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  const texts = [...packages].sort().map(async (name) => {
    const { version, license } = JSON.parse(await readFile(join("node_modules", name, "package.json"), "utf8"));
    return `${name} ${version} (${license})\n\n${await readFile(join("node_modules", name, "LICENSE"), "utf8")}`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

const writePages = {
  name: "pages",
  setup(build) {
    build.onStart(async () => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
    });
    build.onEnd(async ({ errors, metafile }) => {
      if (errors.length > 0) return;
      const outputs = Object.entries(metafile.outputs);
      const built = (source) => outputs.find(([, output]) => output.entryPoint === source);
      const address = ([file]) => PUBLIC + basename(file);
      const main = built(entries.main);
      const template = (await readFile("src/index.html", "utf8"))
        .replace("ICON", address(outputs.find(([file]) => file.endsWith(".svg"))))
        .replace("STYLE", address(built(entries.style)))
        .replace("MAIN", address(main));
      for (const [name, sources] of Object.entries(PAGES)) {
        const needed = sources
          .map(built)
          .flatMap(([file, { imports }]) => [
            file,
            ...imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path),
          ]);
        const preloads = [...new Set(needed)]
          .filter((file) => file !== main[0])
          .map((file) => `<link rel="modulepreload" href="${address([file])}">`);
        await writeFile(join(folder, name), template.replace("PRELOADS", preloads.join("\n    ")));
      }
      await writeFile(join(folder, "licences.txt"), await licences(metafile.inputs));
      // What is left of a library's entry says what its file exports, and nobody asks for that.
      for (const name of LIBRARIES) {
        const [file, { imports }] = built(entries[`vendor-${name}`]);
        if (imports.length > 0) await rm(file);
      }
      // The entry of a file that is only copied is a script that names it.
      const icon = outputs.find(([file]) => /icon-\w+\.js$/.test(file));
      if (icon) await rm(icon[0]);
    });
  },
};

const options = {
  entryPoints: entries,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  outdir: folder,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2023",
  minify: true,
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".svg": "copy" },
  metafile: true,
  logLevel: "warning",
  plugins: [shareWithMain, writePages],
};

if (watch === "--watch") {
  const context = await esbuild.context(options);
  await context.watch();
  console.log(`building into ${folder} at every change`);
} else {
  await esbuild.build(options);
}
