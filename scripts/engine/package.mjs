// Microsoft's debugger engine, from its public package. Its licence (https://aka.ms/WinSDKLicenseURL) has to be accepted by
// whoever uses it, so the package is restored where the tests run, and nothing of it is committed or passed on.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The package, in the one version whose text and manners the tests know. */
export const PACKAGE = { id: 'Microsoft.Debugging.Platform.DbgEng', version: '20260109.1235.0' };

// Without a framework nothing but the package itself is downloaded.
const PROJECT = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
  </PropertyGroup>
  <ItemGroup><PackageDownload Include="${PACKAGE.id}" Version="[${PACKAGE.version}]" /></ItemGroup>
</Project>
`;
const LIMIT_MS = 180_000;

/**
 * Restores the package into a scratch folder.
 * @param {string} folder to be made
 * @returns {string} the folder with dbgeng.dll for x64
 * @throws Error with what dotnet printed when the package cannot be had
 */
export function fetchEngine(folder) {
  mkdirSync(folder, { recursive: true });
  const project = path.join(folder, 'engine.csproj');
  writeFileSync(project, PROJECT);
  const packages = path.join(folder, 'packages');
  const { status, stdout, error } = spawnSync('dotnet', ['restore', '--packages', packages, project], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: {
      ...process.env,
      HOME: process.env.HOME ?? os.tmpdir(),
      DOTNET_NOLOGO: '1',
      DOTNET_CLI_TELEMETRY_OPTOUT: '1',
    },
  });
  if (status !== 0) throw new Error(`the package ${PACKAGE.id} cannot be had: ${error?.message ?? stdout.trim()}`);
  return path.join(packages, PACKAGE.id.toLowerCase(), PACKAGE.version, 'content', 'amd64');
}
