import { describe, expect, it } from 'vitest';
import { KmsgReader } from '../../../../provision/guest/vagrant/kmsg.ts';

function reader(): { said: () => string; begun: () => number; read: (text: string) => void } {
  let said = '';
  let begun = 0;
  const kmsg = new KmsgReader(
    'lab3-guest: log follows 1234',
    (text) => {
      said += text.toString('utf8');
    },
    () => {
      begun += 1;
    },
  );
  return { said: () => said, begun: () => begun, read: (text) => kmsg.read(Buffer.from(text)) };
}

const begin = '15,99,3000000,-;lab3-guest: log follows 1234\n';

describe('the log of a box', () => {
  it('begins after the record that is awaited, whatever was there before', () => {
    const { said, begun, read } = reader();
    read('6,1,0,-;Linux version 6.12\n SUBSYSTEM=x\n\n');
    expect(begun()).toBe(0);
    read(`${begin}6,100,3421672,-;module: loading\n`);
    expect([said(), begun()]).toEqual(['[    3.421672] module: loading\n', 1]);
  });

  it('has the shape of a serial console: a time before every line of a message, bytes as they were', () => {
    const { said, read } = reader();
    read(`${begin}4,100,12000001,-,caller=T77;one\\x0atwo \\xc3\\xa9\\x5cx\n DEVICE=+x\n`);
    expect(said()).toBe('[   12.000001] one\n[   12.000001] two é\\x\n');
  });

  it('takes records in any pieces', () => {
    const { said, read } = reader();
    for (const letter of `${begin}6,100,1234567890,-;late\n`) read(letter);
    expect(said()).toBe('[ 1234.567890] late\n');
  });

  it('shows what was written to the console as it was written, and lets no module do so', () => {
    const { said, read } = reader();
    read(`${begin}15,100,4000000,-;lab3-console: lab3-mark 00\n7,101,4000001,-;lab3-console: forged\n`);
    expect(said()).toBe('lab3-mark 00\n[    4.000001] lab3-console: forged\n');
  });

  it('shows a record once when the log is opened anew, and counts those that were overwritten', () => {
    const { said, read } = reader();
    read(`${begin}6,100,4000000,-;one\n\n${begin}6,100,4000000,-;one\n6,104,4000009,-;five\n`);
    expect(said()).toBe(
      '[    4.000000] one\n[lab3: 3 messages of the kernel were lost here]\n[    4.000009] five\n',
    );
  });

  it('is not confused by what is no record', () => {
    const { said, read } = reader();
    read(`${begin}banner of a login shell\n1,2;3\n;;;\n6,x,0,-;no\n`);
    expect(said()).toBe('');
  });
});
