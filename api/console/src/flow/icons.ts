// What a node does, as a small drawing. The names are KAZOO's modules, and other routers' verbs where they differ.

const CIRCLE = "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z";

/** Lines within 20 by 20 units, and whom they stand for. */
const ICONS: Record<string, { lines: string; names: string }> = {
  handset: {
    lines:
      "M1 4.5A3.5 3.5 0 0 1 4.5 1h1A1.5 1.5 0 0 1 7 2.1L8 6a1.5 1.5 0 0 1-.4 1.5L6 9a13 13 0 0 0 5 5l1.5-1.6A1.5 1.5 0 0 1 14 12l3.9 1A1.5 1.5 0 0 1 19 14.5v1A3.5 3.5 0 0 1 15.5 19C7.5 19 1 12.5 1 4.5Z",
    names: "call answer device offnet resources dial bridge connect after_bridge wait_for_hangup intercom",
  },
  handsetDown: {
    lines: "M2 13v-2c4-4.5 12-4.5 16 0v2l-4 1v-3a12 12 0 0 0-8 0v3Z",
    names: "hangup response reject sip:decline missed_call_alert do_not_disturb",
  },
  keypad: {
    lines: "M3 3h2v2H3Zm6 0h2v2H9Zm6 0h2v2h-2ZM3 9h2v2H3Zm6 0h2v2H9Zm6 0h2v2h-2ZM3 15h2v2H3Zm6 0h2v2H9Zm6 0h2v2h-2Z",
    names: "menu collect_dtmf send_dtmf flush_dtmf disa gather prompt dtmf send_digits",
  },
  person: {
    lines: "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 18a7 7 0 0 1 14 0",
    names: "user hotdesk manual_presence acdc_agent",
  },
  people: {
    lines: "M7 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM1 17a6 6 0 0 1 12 0M13 4.2a3 3 0 0 1 0 5.6M15 12a6 6 0 0 1 4 5",
    names:
      "group ring_group ring_group_toggle page_group conference conference_feature acdc_member acdc_queue acdc_wait_time enqueue join_conference",
  },
  loudspeaker: {
    lines: "M2 7.5v5h3.5L10 17V3L5.5 7.5ZM13 7a4 4 0 0 1 0 6M15.5 4.5a7.5 7.5 0 0 1 0 11",
    names: "tts play audio_macro say speak playback stream",
  },
  reels: {
    lines: "M5 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM15 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM5 13.5h10",
    names: "voicemail",
  },
  recording: {
    lines: `${CIRCLE}M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z`,
    names: "record_call record_caller record listen",
  },
  envelope: { lines: "M2 4h16v12H2ZM2 5l8 6 8-6", names: "notification sms message send_sms" },
  paper: { lines: "M5 8V2h10v6M5 15H2V8h16v7h-3M5 12h10v6H5Z", names: "faxbox receive_fax fax_detect send_fax" },
  book: { lines: "M4 2h12v16H4ZM4 6H2M4 10H2M4 14H2M8 7h4M8 10h4", names: "directory lookupcidname" },
  clock: { lines: `${CIRCLE}M10 5v5l3 2`, names: "temporal_route sleep dead_air noop pause wait" },
  fork: {
    lines: "M10 2v5M10 7l-6 5v6M10 7l6 5v6",
    names:
      "callflow branch_bnumber branch_variable cidlistmatch check_cid route_to_cid nomorobo switch cond goto execute",
  },
  arrow: {
    lines: "M3 14V9a3 3 0 0 1 3-3h11M13 2l4 4-4 4",
    names:
      "transfer move call_forward call_waiting intercept intercept_feature group_pickup group_pickup_feature redirect refer sip:refer",
  },
  parking: { lines: "M5 18V3h6a4.5 4.5 0 0 1 0 9H5", names: "park camping_feature hold" },
  ear: {
    lines: "M5 8a5 5 0 0 1 10 0c0 4-4 4-4 7a2.5 2.5 0 0 1-5 0M8 8a2 2 0 0 1 4 0",
    names: "eavesdrop eavesdrop_feature",
  },
  label: {
    lines: "M2 9V2h7l9 9-7 7ZM6 6h0",
    names: "set_cid dynamic_cid prepend_cid privacy set_alert_info language tag",
  },
  sliders: {
    lines: "M2 6h7M13 6h5M11 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM2 14h3M9 14h9M7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
    names: "set set_variable set_variables unset config",
  },
  globe: {
    lines: `${CIRCLE}M2 10h16M10 2c5 5 5 11 0 16M10 2c-5 5-5 11 0 16`,
    names: "pivot webhook function edr request",
  },
};

/** What nobody here knows. */
export const UNKNOWN = "M3 3h14v14H3ZM7 10h0M10 10h0M13 10h0";

const BY_NAME = new Map(
  Object.values(ICONS).flatMap(({ lines, names }) => names.split(" ").map((name) => [name, lines] as const)),
);

export function icon(title: string): string {
  return BY_NAME.get(title.toLowerCase()) ?? UNKNOWN;
}
