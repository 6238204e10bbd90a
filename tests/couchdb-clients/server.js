// The server that `run` has started, and the same functions under its API.

const { COUCHDB_URL, COUCHDB_USER, COUCHDB_PASSWORD, API_URL, API_TOKEN, API_ACCOUNT } = process.env;

export const account = API_ACCOUNT;
export const user = COUCHDB_USER;
export const password = COUCHDB_PASSWORD;
export const url = COUCHDB_URL;
export const urlWithPassword = COUCHDB_URL.replace("http://", `http://${user}:${password}@`);

/** What KAZOO would store for a function. */
export function func(fields = {}) {
  return {
    name: "test",
    function_js: "return {module: 'tts', data: {text: 'hello ' + call.To}}",
    enabled: true,
    pvt_type: "function",
    pvt_account_id: account,
    pvt_account_db: "functions",
    pvt_created: 63_877_458_275,
    pvt_modified: 63_877_458_275,
    ...fields,
  };
}

/** Asks the API, below the account's functions. */
export async function api(method, path, data) {
  const reply = await fetch(`${API_URL}/v2/accounts/${account}/functions${path}`, {
    method,
    headers: { "x-auth-token": API_TOKEN, "content-type": "application/json" },
    body: data && JSON.stringify({ data }),
  });
  return { ...(await reply.json()), status: reply.status };
}
