"""The keys of the Engine API that may stand in what a client asks for.

Reference: https://docs.docker.com/reference/api/engine/
"""


def listed(text: str) -> frozenset[str]:
    """The names that a text lists."""
    return frozenset(text.split())


# Also takes every key of HostConfig, should that itself be missing: so it never is.
TOP = listed(
    """
    ArgsEscaped AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env ExposedPorts
    Healthcheck HostConfig Hostname Image Labels MacAddress NetworkDisabled NetworkingConfig OnBuild
    OpenStdin Shell StdinOnce StopSignal StopTimeout Tty User Volumes WorkingDir
    """
)
TOP_EMPTY = frozenset({"Runtime"})
RESOURCES = listed(
    """
    BlkioWeight CpuCount CpuPercent CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime
    CpuShares CpusetCpus CpusetMems IOMaximumBandwidth IOMaximumIOps KernelMemory KernelMemoryTCP
    Memory MemoryReservation MemorySwap MemorySwappiness NanoCpus PidsLimit Ulimits
    """
)
HOST = RESOURCES | listed(
    """
    AutoRemove Binds CapDrop CgroupnsMode ConsoleSize ContainerIDFile Dns DnsOptions DnsSearch
    ExtraHosts GroupAdd Init IpcMode Isolation Links LogConfig Mounts NetworkMode OomScoreAdj
    PidMode PortBindings PublishAllPorts ReadonlyRootfs RestartPolicy SecurityOpt ShmSize Tmpfs
    VolumeDriver VolumesFrom
    """
)
RESOURCES_EMPTY = listed(
    """
    BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps
    BlkioWeightDevice CgroupParent DeviceCgroupRules DeviceRequests Devices OomKillDisable
    """
)
HOST_EMPTY = RESOURCES_EMPTY | listed(
    """
    Annotations CapAdd Capabilities Cgroup Privileged Runtime StorageOpt Sysctls UTSMode UsernsMode
    """
)
# An empty list of them means that nothing is masked.
HOST_NULL = frozenset({"MaskedPaths", "ReadonlyPaths"})
ENDPOINT = listed(
    """
    Aliases DNSNames Gateway GlobalIPv6Address GlobalIPv6PrefixLen GwPriority IPAMConfig IPAddress
    IPPrefixLen IPv6Gateway MacAddress EndpointID NetworkID
    """
)
ENDPOINT_EMPTY = frozenset({"DriverOpts", "Links"})

EXEC = listed(
    """
    AttachStderr AttachStdin AttachStdout Cmd ConsoleSize Container Detach DetachKeys Env Tty User
    WorkingDir
    """
)
# Of the query of a build.
BUILD = listed(
    """
    buildargs cachefrom cpuperiod cpuquota cpusetcpus cpusetmems cpushares dockerfile extrahosts
    forcerm labels memory memswap networkmode nocache platform pull q rm shmsize t target ulimits
    """
)
NETWORK = listed(
    """
    Attachable CheckDuplicate ConfigFrom Driver EnableIPv4 EnableIPv6 IPAM Internal Labels Name
    Options Scope
    """
)
