// The libraries of every page. The rest of the console imports them from here, so that they become one file of their own.
export { render, Fragment, createContext } from "preact";
export type { ComponentChildren, JSX, RefObject } from "preact";
export { useEffect, useLayoutEffect, useMemo, useRef, useState, useErrorBoundary, useId } from "preact/hooks";
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export type { ReadonlySignal, Signal } from "@preact/signals";
