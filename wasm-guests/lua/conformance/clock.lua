return { unix = os.time(), hour = os.date('*t').hour }
