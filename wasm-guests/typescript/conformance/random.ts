return Math.random() as number;
