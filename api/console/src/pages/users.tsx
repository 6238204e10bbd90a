// The users of an account.

import { changeUser, createUser, deleteUser, listUsers } from "../api/accounts.ts";
import type { User } from "../api/types.ts";
import { Dialog } from "../app/dialog.tsx";
import { useLoaded } from "../app/loading.ts";
import { attempt, say } from "../app/notices.tsx";
import { Await } from "../app/parts.tsx";
import { Text } from "../app/text.tsx";
import { useSignal } from "../vendor/view.ts";

export function Users({ account }: { account: string }) {
  const users = useLoaded((signal) => listUsers(account, signal), [account]);
  const isAdding = useSignal(false);
  const done = (what: string) => {
    say(what);
    users.again();
  };
  return (
    <section>
      <h2>Users</h2>
      <Await of={users}>
        {(rows) =>
          rows.length === 0 ? (
            <p class="quiet">None: programs sign in with the API key.</p>
          ) : (
            <div class="scroll">
              <table class="list">
                <thead>
                  <tr>
                    <th>Name</th>
                    <th>User name</th>
                    <th>Rights</th>
                    <th />
                  </tr>
                </thead>
                <tbody>
                  {rows.map((user) => (
                    <Row key={user.id} account={account} user={user} done={done} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Await>
      <div class="actions">
        <button onClick={() => (isAdding.value = true)}>Add a user</button>
      </div>
      {isAdding.value && (
        <Add
          account={account}
          close={() => (isAdding.value = false)}
          done={() => {
            isAdding.value = false;
            done("Added");
          }}
        />
      )}
    </section>
  );
}

function Row({ account, user, done }: { account: string; user: User; done(what: string): void }) {
  const isRemoving = useSignal(false);
  const name = `${user.first_name} ${user.last_name}`;
  const isAdmin = user.priv_level === "admin";
  const change = () =>
    attempt(async () => {
      await changeUser(account, user.id, { priv_level: isAdmin ? "user" : "admin" });
      done("Saved");
    });
  const remove = () =>
    attempt(async () => {
      await deleteUser(account, user.id);
      done("Removed");
    });
  return (
    <tr>
      <td>
        <Text of={name} />
      </td>
      <td>
        <Text of={user.username ?? ""} />
      </td>
      <td>{isAdmin ? "everything" : "functions"}</td>
      <td>
        <div class="actions">
          <button class="small" onClick={change}>
            {isAdmin ? "Functions only" : "Make administrator"}
          </button>
          <button class="small danger" aria-label={`Remove ${name}`} onClick={() => (isRemoving.value = true)}>
            Remove
          </button>
        </div>
        {isRemoving.value && (
          <Dialog title="Remove this user?" close={() => (isRemoving.value = false)}>
            <p>
              <Text of={name} /> is signed out everywhere.
            </p>
            <button class="danger" onClick={remove}>
              Remove
            </button>
          </Dialog>
        )}
      </td>
    </tr>
  );
}

function Add({ account, close, done }: { account: string; close(): void; done(): void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement));
    const { is_admin, ...user } = fields;
    attempt(async () => {
      await createUser(account, { ...user, priv_level: is_admin ? "admin" : "user" });
      done();
    });
  };
  return (
    <Dialog title="A new user" close={close}>
      <form class="fields" onSubmit={submit}>
        <label>
          First name
          <input name="first_name" required autofocus />
        </label>
        <label>
          Last name
          <input name="last_name" required />
        </label>
        <label>
          User name
          <input name="username" required autocomplete="off" />
        </label>
        <label>
          Password
          <input name="password" type="password" required autocomplete="new-password" />
        </label>
        <label class="check">
          <input type="checkbox" name="is_admin" /> Manages users and sees the API key
        </label>
        <button class="primary">Add</button>
      </form>
    </Dialog>
  );
}
