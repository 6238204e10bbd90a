// Waiting for what a server does by itself, for the tests in JavaScript.

/** Asks until the answer is there. */
export async function eventually(what, ask) {
  // Work of low priority takes minutes on a machine that is busy otherwise.
  const deadline = Date.now() + 300_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
