/** Day profiles of the standard TIC (PJOURF+1, PPOINTE): eleven blocks `HHMMSSSS`. Source: NOI-CPT_54E 6.2.3.18. */

const CONTACT = ['', 'tempo', 'open', 'closed'] as const;

/** `06:00 index 2, contact closed; …`, or null when the text is not a profile. Unused blocks are left out. */
export function readProfile(text: string): string | null {
  const parts: string[] = [];
  for (const block of text.split(' ')) {
    if (block === 'NONUTILE') continue;
    const match = /^(\d\d)(\d\d)([0-9A-F]{4})$/.exec(block);
    if (match === null || Number(match[1]) > 23 || Number(match[2]) > 59) return null;
    parts.push(`${match[1]}:${match[2]} ${readAction(Number.parseInt(match[3] ?? '', 16))}`);
  }
  return parts.join('; ');
}

/** Bits 0-3 supplier index, 4-10 virtual contacts 1-7, 14-15 dry contact. */
function readAction(action: number): string {
  const index = action & 0xf;
  const contacts = [1, 2, 3, 4, 5, 6, 7].filter((contact) => (action >> (contact + 3)) & 1);
  const words = [
    index >= 1 && index <= 10 ? `index ${index}` : '',
    contacts.length > 0 ? `virtual ${contacts.join('+')}` : '',
    CONTACT[(action >> 14) & 3] === '' ? '' : `contact ${CONTACT[(action >> 14) & 3]}`,
  ];
  return words.filter((word) => word !== '').join(', ') || 'no change';
}
