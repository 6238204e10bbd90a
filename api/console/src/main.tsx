// The beginning: takes a token from the address, finds out whose it is, and shows the page of the address.

import { followLinks, place } from "./app/address.ts";
import { open as dialogs } from "./app/dialog.tsx";
import { complain, Notices } from "./app/notices.tsx";
import { Page } from "./app/pages.tsx";
import { Shell } from "./app/shell.tsx";
import { apply } from "./app/theme.ts";
import { restore, session } from "./session/session.ts";
import { SignInAgain, SignInPage } from "./session/sign_in.tsx";
import { isOver, takeFromAddress, token } from "./session/token.ts";
import { render, signal } from "./vendor/view.ts";

const isReady = signal(false);

function Console() {
  const isUnknown = !isReady.value && token.value !== undefined && !isOver.value;
  if (!session.value && !isUnknown) {
    return (
      <>
        <SignInPage />
        <Notices />
      </>
    );
  }
  // A page of another function is another page: nothing of the one before stays.
  const { account, page, id } = place.value;
  // A page whose account is known asks beside `restore`, not after it: over slow lines each turn counts.
  if (!session.value && account === undefined) return null;
  return (
    <>
      <Shell>
        <Page key={`${account}/${page}/${id}`} />
      </Shell>
      <SignInAgain />
      {dialogs.value === 0 && <Notices />}
    </>
  );
}

apply();
takeFromAddress();
followLinks();
restore()
  .catch(complain)
  .finally(() => (isReady.value = true));
const root = document.getElementById("console");
if (!root) throw new Error("the page has no place for the console");
// What was shown until now goes.
root.replaceChildren();
render(<Console />, root);
