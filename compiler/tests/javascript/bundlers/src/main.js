import { route } from "./routes.js";
import Greeting, { greeting } from "./greeting.js";
import shout from "./shout.cjs";

export default async function (call) {
  const team = await Promise.resolve(route(call.To));
  return {
    module: "tts",
    data: { ...Greeting.next(call.Name), text: shout(greeting(call.Name)) },
    children: { _: { module: "user", data: { id: team } } },
  };
}
