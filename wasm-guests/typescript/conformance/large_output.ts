return 'x'.repeat(1024 * 1024) as string;
