# The function's `timezone`, else its account's, decides what time it is.
["01-01", "07-04", "12-25"] as $holidays
| (now | localtime) as [$year, $month, $day, $hour, $minute, $second, $weekday]
| (now | strflocaltime("%m-%d")) as $date
| if $weekday >= 1 and $weekday <= 5 and ($holidays | index($date) | not) and $hour >= 9 and $hour < 17 then
    { module: "ring_group", data: { endpoints: [{ endpoint_type: "group", id: "sales" }], timeout: 25 } }
  else
    {
      module: "tts",
      data: { text: (now | strflocaltime("It is %H:%M. We are open from nine to five, Monday to Friday.")) },
      children: { _: { module: "hangup", data: {} } }
    }
  end
