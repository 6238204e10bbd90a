return { unix: Date.now() / 1000, hour: new Date().getHours() } satisfies Record<string, number>;
