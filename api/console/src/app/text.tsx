import { pieces } from "../text/escape.ts";

/** What others have written: as text, with what would not be seen made visible. */
export function Text({ of }: { of: string }) {
  return (
    <bdi>
      {pieces(of).map(({ text, hidden }) =>
        hidden ? (
          <span class="hidden-character" title="A character that is not shown">
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}
