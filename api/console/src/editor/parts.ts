// The editor for the rest of the console. Its libraries are most of what there is to load, and a page asks the API for the function
// before they have come.

import { later } from "../app/later.tsx";

export const Editor = later(async () => (await import("./editor.tsx")).Editor);
export const Merge = later(async () => (await import("./merge.tsx")).Merge);
