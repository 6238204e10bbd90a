// Where the nodes of a tree go.
export { hierarchy, tree } from "d3-hierarchy";
export type { HierarchyPointNode } from "d3-hierarchy";
