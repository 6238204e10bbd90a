// A function that somebody works on: what is stored, what is edited, and what the server says about it.

import { changeFunction, createFunction, readFunction, test } from "../api/functions.ts";
import type { Stored } from "../api/functions.ts";
import { ApiError } from "../api/error.ts";
import type { CallError, FunctionDocument, JsonObject, Outcome, Replay, Trial } from "../api/types.ts";
import { complain, say } from "../app/notices.tsx";
import type { Mark } from "../editor/marks.ts";
import { isObject, parse } from "../text/json.ts";
import { computed, signal } from "../vendor/view.ts";
import { dropDraft, keepDraft, NEW, readDraft } from "./drafts.ts";
import type { Draft } from "./drafts.ts";

export interface Ran {
  outcome: Outcome;
  source: string;
  call: JsonObject;
  router: string;
  /** What it is compared with: a flow that was recorded or is expected. */
  expected?: unknown;
}

/** Changes to a function go through one of these. */
export class Working {
  readonly document;
  /** The revision that the edited source follows. */
  readonly base;
  /** The source that is stored in that revision. */
  readonly stored;
  readonly source;
  readonly compileError = signal<CallError | undefined>(undefined);
  readonly isRunning = signal(false);
  readonly isSaving = signal(false);
  readonly ran = signal<Ran | undefined>(undefined);
  /** Somebody else's revision, while it is decided what becomes of both. */
  readonly conflict = signal<Stored | undefined>(undefined);
  /** Why the source was changed, for the history. */
  readonly message = signal("");
  readonly callText = signal("{}");
  readonly router = signal("");
  /** What the chosen call came with. */
  readonly moment = signal<Replay | undefined>(undefined);
  readonly expected = signal<unknown>(undefined);
  readonly isEdited;
  readonly marks;
  /** Changes when the cursor is to go to the first mark. */
  readonly jumps = signal(0);
  /** Ends with the changes that are under way. */
  private changing: Promise<void> = Promise.resolve();

  constructor(
    readonly account: string,
    readonly id: string | undefined,
    { document, revision }: Stored,
  ) {
    const draft = readDraft(account, id ?? NEW);
    this.document = signal(document);
    this.base = signal(draft?.base ?? revision);
    this.stored = signal(document.function_js ?? "");
    this.source = signal(draft && id ? draft.source : this.stored.value);
    if (draft?.base && draft.base !== revision) {
      if (draft.source === this.stored.value) this.base.value = revision;
      else this.conflict.value = { document, revision };
    }
    this.isEdited = computed(() => !this.id || this.source.value !== this.stored.value);
    this.marks = computed<Mark[]>(() => {
      const ran = this.ran.value;
      const error = this.compileError.value ?? (ran?.source === this.source.value ? ran.outcome.error : undefined);
      if (!error?.line) return [];
      return [
        {
          line: error.line,
          column: error.column ?? 1,
          message: [error.name, error.message].filter(Boolean).join(": "),
        },
      ];
    });
  }

  edit(source: string): void {
    this.source.value = source;
    if (source === this.stored.value) {
      dropDraft(this.account, this.id ?? NEW);
      return;
    }
    const draft: Draft = { source, base: this.base.value || undefined };
    const { name, language_pack = "" } = this.document.value;
    if (!this.id) draft.begun = { name, language_pack };
    if (!keepDraft(this.account, this.id ?? NEW, draft)) {
      complain("This browser's storage is full: the draft is only in this tab. Save it.");
    }
  }

  discard(): void {
    this.edit(this.stored.value);
  }

  /** The call as it is edited. */
  call(): JsonObject {
    const call = parse(this.callText.value);
    if (!isObject(call)) throw new Error("The call has to be a JSON object");
    return call;
  }

  /** The document with the edited source, as `test` takes it. */
  trial(): Trial {
    const { language_pack, timezone, env, limits, function_wasm } = this.document.value;
    const source = function_wasm === undefined ? { function_js: this.source.value } : { function_wasm };
    return { ...source, language_pack, timezone, env, limits, function: this.id };
  }

  async run(): Promise<void> {
    const source = this.source.value;
    const router = this.router.value;
    const call = this.call();
    this.isRunning.value = true;
    try {
      const trial = { ...this.trial(), call, replay: this.moment.value };
      const outcome = await test(this.account, trial, { router: router || undefined });
      this.ran.value = { outcome, source, call, router, expected: this.expected.value };
      if (source === this.source.value)
        this.compileError.value = outcome.outcome === "compile_error" ? outcome.error : undefined;
    } finally {
      this.isRunning.value = false;
    }
  }

  /** Whether it would compile, without a call. */
  async check(signal: AbortSignal): Promise<void> {
    const { outcome, error } = await test(this.account, this.trial(), { compileOnly: true, signal });
    if (!signal.aborted) this.compileError.value = outcome === "compile_error" ? error : undefined;
  }

  /** Returns the id of a function that is new. Nothing is written over what somebody else has stored. */
  async save(source = this.source.value, base = this.base.value): Promise<string | undefined> {
    if (this.isSaving.value) return undefined;
    this.isSaving.value = true;
    try {
      if (!this.id) {
        const { document } = await createFunction(
          this.account,
          { ...this.document.value, function_js: source },
          this.message.value,
        );
        dropDraft(this.account, NEW);
        return document.id;
      }
      this.take(await changeFunction(this.account, this.id, base, { function_js: source }, this.message.value));
      this.message.value = "";
      if (this.source.value === source) dropDraft(this.account, this.id);
      this.conflict.value = undefined;
      say("Saved");
    } catch (error) {
      await this.refused(error);
    } finally {
      this.isSaving.value = false;
    }
    return undefined;
  }

  /** Changes fields other than the source. Each change follows the one before, which it would contradict otherwise. */
  change(fields: JsonObject): Promise<void> {
    const change = this.changing.then(() => this.changeNow(fields));
    this.changing = change.catch(() => undefined);
    return change;
  }

  private async changeNow(fields: JsonObject): Promise<void> {
    if (!this.id) {
      this.document.value = { ...this.document.value, ...fields };
      return;
    }
    const { document, revision } = await this.changed(this.id, fields);
    this.document.value = document;
    this.base.value = revision;
    if (this.isEdited.value) this.edit(this.source.value);
  }

  private async changed(id: string, fields: JsonObject): Promise<Stored> {
    try {
      return await changeFunction(this.account, id, this.base.value, fields);
    } catch (error) {
      if (!isConflict(error)) throw error;
      const present = await readFunction(this.account, id);
      // An edited source still follows the revision that it began with.
      if (this.isEdited.value) this.document.value = present.document;
      else {
        this.take(present);
        this.edit(this.stored.value);
      }
      throw new Error("Somebody else has changed this function: see what is there now, and save again");
    }
  }

  /** The revision that is stored now. */
  take({ document, revision }: Stored): void {
    this.document.value = document;
    this.base.value = revision;
    this.stored.value = document.function_js ?? "";
  }

  private async refused(error: unknown): Promise<void> {
    if (!(error instanceof ApiError)) throw error;
    if (error.compileError) {
      this.compileError.value = error.compileError;
      this.jumps.value += 1;
    }
    if (this.id && isConflict(error)) {
      this.conflict.value = await readFunction(this.account, this.id);
      return;
    }
    throw error;
  }
}

/** Whether somebody else was faster. */
function isConflict(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 409 || error.status === 412);
}

export function newDocument(name: string, language_pack: string, function_js: string): FunctionDocument {
  return { name, language_pack, function_js, enabled: true };
}
