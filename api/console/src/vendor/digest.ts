// MD5, which logins need and browsers do not have.
export { md5 } from "@noble/hashes/legacy.js";
export { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
