/** The upper half of the code pages of western and central European consoles, which TextDecoder does not know. */
const UPPER_HALF = {
  437: 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
  850: 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
  852: 'ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u00ad˝˛ˇ˘§÷¸°¨˙űŘř■\u00a0',
} as const;
/** Consoles in UTF-8, Russian, Japanese, Chinese and Korean; and those whose console has the ANSI code page (Thai, Vietnamese). */
const LABELS = ['utf-8', 'ibm866', 'shift_jis', 'gbk', 'euc-kr', 'big5', 'windows-874', 'windows-1258', 'windows-1252'];

/**
 * What bytes of a console program may stand for. Its code page is that of whoever installed Windows, and nothing in the
 * output names it: the caller tries which reading exists. ASCII has one reading.
 * @param bytes decoded as Latin-1
 */
export function oemReadings(bytes: string): string[] {
  if (/^[\0-\x7f]*$/.test(bytes)) return [bytes];
  const buffer = Buffer.from(bytes, 'latin1');
  const byLabel = LABELS.flatMap((label) => {
    try {
      return [new TextDecoder(label, { fatal: true }).decode(buffer)];
    } catch {
      return [];
    }
  });
  const byTable = Object.values(UPPER_HALF).map((upper) =>
    bytes.replace(/[\x80-\xff]/g, (byte) => upper[byte.charCodeAt(0) - 0x80] as string),
  );
  return [...new Set([...byTable, ...byLabel])];
}
