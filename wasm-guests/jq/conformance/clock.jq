{ unix: now, hour: (now | localtime[3]) }
