// A reception desk: who is called, when, and what callers hear else. Two kilobytes, as functions often have.
interface Hours {
  days: number[];
  from: number;
  to: number;
}

interface Department {
  extension: string;
  users: string[];
  hours?: Hours;
  voicemail: string;
}

type Announcement = { text: string; language?: 'en-US' | 'de-DE' };

const OFFICE: Hours = { days: [1, 2, 3, 4, 5], from: 9, to: 17 };

const departments: Record<string, Department> = {
  sales: { extension: '100', users: ['f3eefd31', '233f2f16'], voicemail: 'b9b49f4a' },
  support: {
    extension: '200',
    users: ['5609f5e9', '5e29bbea', 'fcc7abb7'],
    hours: { days: [0, 1, 2, 3, 4, 5, 6], from: 6, to: 22 },
    voicemail: '4bd71669',
  },
};

const blocked = new Set<string>(['+19005550123', '+19005550199']);

function isOpen(hours: Hours, now: Date): boolean {
  const hour = now.getHours() + now.getMinutes() / 60;
  return hours.days.includes(now.getDay()) && hour >= hours.from && hour < hours.to;
}

function say({ text, language = 'en-US' }: Announcement, next?: Flow): Flow {
  const flow = { module: 'tts', data: { text, language } } as Flow;
  return next ? { ...flow, children: { _: next } } : flow;
}

function ring(department: Department, seconds: number = 20): Flow {
  const endpoints = department.users.map((id, index) => ({
    id,
    endpoint_type: 'user' as const,
    delay: index * 5,
    timeout: seconds,
  }));
  return {
    module: 'ring_group',
    data: { strategy: 'simultaneous', endpoints, timeout: seconds + 10 },
    children: { _: { module: 'voicemail', data: { id: department.voicemail } } },
  };
}

export default function (call: Call): Flow {
  const caller = call['Caller-ID-Number'] ?? 'unknown';
  if (blocked.has(caller)) {
    return { module: 'response', data: { code: 603 } };
  }
  const dialled = call['To-User'] || '100';
  const department = Object.values(departments).find((it) => it.extension === dialled) ?? departments.sales!;
  if (!isOpen(department.hours ?? OFFICE, new Date())) {
    return say({ text: 'We are closed.' }, { module: 'voicemail', data: { id: department.voicemail } });
  }
  return say({ text: `Hello ${call['Caller-ID-Name'] || caller}` }, ring(department));
}
