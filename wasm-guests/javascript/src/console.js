// What `console` has in Node beside the five levels (WHATWG Console, section 1).
(function ({ show, placed, indent }) {
  const { log, warn, error } = console;
  const counts = new Map();
  const timers = new Map();
  const nameOf = (label) => (label === undefined ? 'default' : `${label}`);

  function elapsed(method, label, data) {
    const name = nameOf(label);
    if (timers.has(name)) log(`${name}: ${Date.now() - timers.get(name)}ms`, ...data);
    else warn(`there is no label '${name}' for console.${method}()`);
    return name;
  }

  const isObject = (value) => typeof value === 'object' && value !== null;
  const cell = (value) => (typeof value === 'string' ? `'${value}'` : show(value));

  // The heads of the columns, then what is in each row.
  function linesOf(data, names) {
    const isCollection = data instanceof Map || data instanceof Set;
    const entries = isCollection ? [...data.values()].map((value, index) => [index, value]) : Object.entries(data);
    const keys = data instanceof Map ? [...data.keys()] : undefined;
    const columns = names ?? [...new Set(entries.flatMap(([, value]) => (isObject(value) ? Object.keys(value) : [])))];
    const hasValues = entries.some(([, value]) => !isObject(value));
    return [
      [isCollection ? '(iteration index)' : '(index)', ...(keys ? ['Key'] : []), ...columns, ...(hasValues ? ['Values'] : [])],
      ...entries.map(([index, value]) => [
        `${index}`,
        ...(keys ? [cell(keys[index])] : []),
        ...columns.map((name) => (isObject(value) && Object.hasOwn(value, name) ? cell(value[name]) : '')),
        ...(hasValues ? [isObject(value) ? '' : cell(value)] : []),
      ]),
    ];
  }

  function drawn(lines) {
    const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => [...line[column]].length)) + 2);
    const rule = ([left, middle, right]) => left + widths.map((width) => '─'.repeat(width)).join(middle) + right;
    const row = (line) => `│${line.map((text, i) => ` ${text}${' '.repeat(widths[i] - 1 - [...text].length)}`).join('│')}│`;
    const [head, ...rest] = lines.map(row);
    return [rule('┌┬┐'), head, rule('├┼┤'), ...rest, rule('└┴┘')].join('\n');
  }

  return {
    assert(condition = false, ...data) {
      if (condition) return;
      if (typeof data[0] === 'string') data[0] = `Assertion failed: ${data[0]}`;
      else data.unshift('Assertion failed');
      error(...data);
    },
    trace(...data) {
      const { stack } = new Error();
      const title = data.length > 0 ? 'Trace:' : 'Trace';
      // Without the frame of this function.
      log(title, ...data, `\n${placed(stack.slice(stack.indexOf('\n') + 1)).trimEnd()}`);
    },
    table(data, columns) {
      if (isObject(data)) log(drawn(linesOf(data, columns)));
      else log(data);
    },
    dir(value) { log(value); },
    dirxml(...data) { log(...data); },
    count(label) {
      const name = nameOf(label);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      log(`${name}: ${counts.get(name)}`);
    },
    countReset(label) {
      const name = nameOf(label);
      if (!counts.delete(name)) warn(`there is no count for '${name}'`);
    },
    time(label) {
      const name = nameOf(label);
      if (timers.has(name)) warn(`there is a label '${name}' for console.time() already`);
      else timers.set(name, Date.now());
    },
    timeLog(label, ...data) { elapsed('timeLog', label, data); },
    timeEnd(label) { timers.delete(elapsed('timeEnd', label, [])); },
    group(...data) {
      if (data.length > 0) log(...data);
      indent(2);
    },
    groupCollapsed(...data) { this.group(...data); },
    groupEnd() { indent(-2); },
  };
})
