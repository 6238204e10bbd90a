// How long the console's pages take over a slow line, from the request to what they are opened for, in milliseconds:
//
//   tests/console/run --benchmark slow_line

import { test } from "node:test";
import { EDITOR, LIST, open } from "../console/pages.js";

/** What DevTools called "Fast 3G". */
const LINE = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };

const LOADS = 5;

async function load(shown) {
  let time;
  await open(shown, async (page) => {
    const line = await page.context().newCDPSession(page);
    await line.send("Network.clearBrowserCache");
    await line.send("Network.emulateNetworkConditions", LINE);
    await page.addInitScript(`window.shownAt = new Promise((resolve) => {
      const look = () => (${shown.inPage})() ? resolve(performance.now()) : requestAnimationFrame(look);
      look();
    })`);
    return async () => {
      time = await page.evaluate(() => window.shownAt);
    };
  });
  return Math.round(time);
}

for (const [name, shown] of Object.entries({ "the list": LIST, "the editor": EDITOR })) {
  test(name, async (context) => {
    const times = [];
    while (times.length < LOADS) times.push(await load(shown));
    context.diagnostic(`${name}: ${times.sort((one, other) => one - other).join(", ")} ms`);
  });
}
