return (globalThis.count = (globalThis.count || 0) + 1);
