// Where operators of each router click. The API does not know that; a router that is not here has its address and no hint.

interface Hint {
  where: string;
  /** What is pasted in place of the bare address. */
  paste?: (url: string) => string;
  pasteTitle?: string;
  /** The variable with the secret that its requests are signed with. */
  secret?: string;
}

export const HINTS: Record<string, Hint | undefined> = {
  pivot: {
    where:
      "In Monster-UI: Callflows, Advanced, Pivot: Voice URL, method GET, format Kazoo. Use this module there: Monster-UI does not draw `function`, and drops the nodes below it when a callflow is saved.",
    paste: (url) =>
      JSON.stringify({ module: "pivot", data: { voice_url: url, method: "get", req_format: "kazoo" } }, null, 2),
    pasteTitle: "Copy the callflow node",
  },
  jambonz: { where: "In the portal: Applications, Calling webhook, method POST.", secret: "JAMBONZ_WEBHOOK_SECRET" },
  signalwire: { where: "In the dashboard: the SWML webhook's Primary request URL.", secret: "SIGNALWIRE_SIGNING_KEY" },
  twilio: {
    where: "In the console: the number's Voice settings, A call comes in, Webhook.",
    secret: "TWILIO_AUTH_TOKEN",
  },
  telnyx: { where: "In Mission Control: the TeXML application's Voice method, POST.", secret: "TELNYX_PUBLIC_KEY" },
  httapi: {
    where: "In the dialplan, where the call is to be handled.",
    paste: (url) => `<action application="httapi" data="{url=${url.replaceAll("&", "&amp;")},method=POST}"/>`,
    pasteTitle: "Copy the action",
  },
  xml_curl: {
    where: "In xml_curl.conf.xml, within its bindings.",
    paste: (url) => `<param name="gateway-url" value="${url.replaceAll("&", "&amp;")}" bindings="dialplan"/>`,
    pasteTitle: "Copy the parameter",
  },
};
