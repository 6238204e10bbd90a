// Two texts side by side.
export { MergeView } from "@codemirror/merge";
