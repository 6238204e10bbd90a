const all: number[][] = [];
for (;;) all.push(new Array<number>(1000).fill(all.length));
