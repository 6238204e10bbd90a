import { bytesToHex, md5, utf8ToBytes } from "../vendor/digest.ts";

/** What KAZOO's logins take in place of a password (`cb_user_auth.erl`). */
export function credentials(username: string, password: string): string {
  return bytesToHex(md5(utf8ToBytes(`${username.toLowerCase()}:${password}`)));
}
