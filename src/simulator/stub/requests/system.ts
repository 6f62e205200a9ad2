import { toWire } from '../fields.js';
import { addressAt } from '../kernel.js';
import { done, failed, type Handler, unimplemented } from '../request.js';

const [MP, PTR64] = [1, 4];

export const getVersion: Handler = (kernel, { header }) => {
  const { personality, machine, machineType, options, wide } = kernel;
  const { version } = personality;
  header.fill(0, 16, 56);
  header[16] = options.checkedBuild ? 0x0c : version.major & 0xff;
  header.writeUInt16LE(machine.kernel.build & 0xffff, 18);
  header[20] = 6;
  header[21] = wide ? 2 : 0;
  const several = version.multiProcessorFlag && machine.processors.length > 1;
  header.writeUInt16LE(version.flags | (wide ? PTR64 : 0) | (several ? MP : 0), 22);
  header.writeUInt16LE(machineType, 24);
  header[26] = version.maxPacketType;
  header[27] = version.maxStateChange;
  header[28] = version.maxManipulate;
  const { base, loadedModuleList, debuggerDataList } = machine.kernel;
  for (const [index, address] of [base, loadedModuleList, debuggerDataList].entries())
    header.writeBigUInt64LE(toWire(address, wide), 32 + 8 * index);
  return done();
};

export const answerReadMsr: Handler = ({ msrs }, { header }) => {
  const value = msrs.get(header.readUInt32LE(16)) ?? 0n;
  header.writeUInt32LE(Number(value & 0xffff_ffffn), 20);
  header.writeUInt32LE(Number(value >> 32n), 24);
  return done();
};

export const answerWriteMsr: Handler = ({ msrs }, { header }) => {
  const value = BigInt(header.readUInt32LE(20)) | (BigInt(header.readUInt32LE(24)) << 32n);
  msrs.set(header.readUInt32LE(16), value);
  return done();
};

/** Ports answer what was written to them, and all ones before. */
function ioSpace(sizeAt: number, addressOffset: number, valueAt: number, write: boolean): Handler {
  return (kernel, { header }) => {
    const size = header.readUInt32LE(sizeAt);
    const port = addressAt(kernel, header, addressOffset);
    if (![1, 2, 4].includes(size) || port > 0xffffn || port % BigInt(size) !== 0n) {
      header.writeUInt32LE(0, valueAt);
      // STATUS_INVALID_PARAMETER
      return { kind: 'reply', status: 0xc000_000d };
    }
    const ones = 2 ** (8 * size) - 1;
    if (write) kernel.ioPorts.set(port, (header.readUInt32LE(valueAt) & ones) >>> 0);
    else header.writeUInt32LE(kernel.ioPorts.get(port) ?? ones, valueAt);
    return done();
  };
}

export const readIoSpace = ioSpace(24, 16, 28, false);
export const writeIoSpace = ioSpace(24, 16, 28, true);
export const readIoSpaceExtended = ioSpace(16, 32, 40, false);
export const writeIoSpaceExtended = ioSpace(16, 32, 40, true);

/** Asks for pages that must not exist on a machine with low memory. The measured x64 kernel asserts on it, and dies. */
export const checkLowMemory: Handler = ({ personality, wide }) =>
  personality.assertionsKill && wide ? { kind: 'death' } : failed;

export const busData: Handler = (_, { header }) => {
  header.writeUInt32LE(0, 32);
  return failed;
};

export const pageIn: Handler = (kernel) => unimplemented(kernel, 'Page-in support is unimplemented!\n');

export const unknownApi: Handler = (kernel, { api }) =>
  unimplemented(kernel, `Received Unrecognized API 0x${api.toString(16)}\n`);
