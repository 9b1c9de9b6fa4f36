/** A recording as the original xcapture leaves it: stacks are told in the first hour only. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf } from './stacks.js';

const SAMPLES =
  'TIMESTAMP,WEIGHT_US,TID,TGID,PIDNS,CGROUP_ID,STATE,USERNAME,EXE,COMM,SYSCALL,SYSCALL_ACTIVE,SYSC_ENTRY_TIME,SYSC_NS_SO_FAR,' +
  'SYSC_SEQ_NUM,IORQ_SEQ_NUM,SYSC_ARG1,SYSC_ARG2,SYSC_ARG3,SYSC_ARG4,SYSC_ARG5,SYSC_ARG6,FILENAME,CONNECTION,CONN_STATE,' +
  'EXTRA_INFO,KSTACK_HASH,USTACK_HASH';

const row = (time: string, state: string, comm: string, kernel: string, user: string) =>
  `2025-10-04T${time}.123456,1000000,11,10,4026531836,1,'${state}','root','/usr/bin/it's, here','${comm}',pread64,-,-,-,0,0,` +
  `3,0,0,0,0,0,'/tmp/a, 'b'.txt','-','-','tcp=1','${kernel}','${user}'`;

export function writeOriginal(directory: string): void {
  const write = (name: string, rows: readonly string[]) =>
    writeFileSync(join(directory, `xcapture_${name}.csv`), rows.map((line) => `${line}\n`).join(''));
  write('samples_2025-10-04.04', [SAMPLES, row('04:00:01', 'DISK', "it's", hashOf(0xa1), hashOf(0xb1))]);
  write('samples_2025-10-04.05', [
    SAMPLES,
    row('05:00:01', 'RUN', 'x,y', hashOf(0xa1), hashOf(0xb2)),
    row('05:00:02', 'SLEEP', 'x,y', '-', '-'),
  ]);
  write('kstacks_2025-10-04.04', ['KSTACK_HASH,KSTACK_SYMS', `'${hashOf(0xa1)}','schedule+0x1a;vfs_read+0x9'`]);
  write('ustacks_2025-10-04.04', [
    'USTACK_HASH,USTACK_SYMS',
    `${hashOf(0xb1)},std::map<int, char>::find(int, char)+0x10;main+0x4`,
    `'${hashOf(0xb2)}','-'`,
  ]);
  write('cgroups_2025-10-04.04', ['CGROUP_ID,CGROUP_PATH', "1,'/a, b'"]);
  write('iorqend_2025-10-04.04', [
    'TYPE,INSERT_TID,INSERT_TGID,ISSUE_TID,ISSUE_TGID,COMPLETE_TID,COMPLETE_TGID,DEV_MAJ,DEV_MIN,SECTOR,BYTES,IORQ_FLAGS,' +
      'IORQ_SEQ_NUM,DURATION_NS,SERVICE_NS,QUEUED_NS,ISSUE_TIMESTAMP,ERROR',
    "IORQ_END,1,1,1,1,1,1,254,0,8,4096,'READ',5,1000,600,400,2025-10-04T04:00:01.000000,0",
  ]);
}
