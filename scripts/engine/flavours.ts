/** What an engine keeps its images in: docker's own layer store, or containerd's (the default of hosted runners). */
export type ImageStore = 'classic' | 'containerd'

/** Packages of one Debian release; `host` is the release this machine runs. */
export interface PackageSet {
  readonly release: string
  readonly packages: readonly string[]
  /** Packages that not every release has under this name. */
  readonly optional?: readonly string[]
}

/** How to make a throwaway engine with one kind of image store out of Debian packages. */
export interface Flavour {
  readonly packageSets: readonly PackageSet[]
  /** Storage drivers to try, best first; empty where the engine chooses by itself. */
  readonly storageDrivers: readonly string[]
  readonly daemonConfig: Readonly<Record<string, unknown>>
}

/** The engine's own packages come before the host's, so that each finds its matching containerd. */
export const flavours: Readonly<Record<ImageStore, Flavour>> = {
  classic: {
    // The docker command was part of docker.io before trixie.
    packageSets: [
      {
        release: 'host',
        packages: ['docker.io', 'containerd', 'runc', 'libdevmapper1.02.1'],
        optional: ['docker-cli'],
      },
    ],
    // Inside a container, overlay on overlay is refused; plain copies always work.
    storageDrivers: ['overlay2', 'vfs'],
    daemonConfig: {},
  },
  containerd: {
    // Only trixie's docker knows this store; its runc needs a newer C library than bookworm has, so runc is the host's.
    packageSets: [
      { release: 'trixie', packages: ['docker.io', 'docker-cli', 'containerd', 'docker-buildx'] },
      { release: 'host', packages: ['runc'] },
    ],
    storageDrivers: ['overlayfs', 'native'],
    daemonConfig: { features: { 'containerd-snapshotter': true } },
  },
}
