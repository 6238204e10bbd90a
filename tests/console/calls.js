// Calls as routers make them, by the samples that the server itself has.

/** A form or a query as KAZOO's `pivot` sends it. */
const asForm = (call) =>
  new URLSearchParams(Object.entries(call).map(([name, value]) => [name, String(value)])).toString();

/** Sends a router's request; `call` is as functions see it. */
export async function callBy(url, router, call) {
  const isJson = call !== null && Object.values(call).some((value) => typeof value === "object");
  const byQuery = router === "pivot";
  if (byQuery) return fetch(`${url}&${asForm(call)}`);
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": isJson || router === "jambonz" ? "application/json" : "application/x-www-form-urlencoded",
    },
    body: isJson || router === "jambonz" ? JSON.stringify(call) : asForm(call),
  });
}

/** The sample call of each router, by its name. */
export async function samples(server) {
  const { data } = await server.ask("GET", "/v2/functions/calls");
  return new Map(data.map(({ router, call }) => [router, call]));
}
