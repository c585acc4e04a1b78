"""The keys of the Engine API that may stand in a container's definition.

Reference: https://docs.docker.com/reference/api/engine/
"""

# Also takes every key of HostConfig, should that itself be missing: so it never is.
TOP = frozenset(
    [
        "ArgsEscaped",
        "AttachStderr",
        "AttachStdin",
        "AttachStdout",
        "Cmd",
        "Domainname",
        "Entrypoint",
        "Env",
        "ExposedPorts",
        "Healthcheck",
        "HostConfig",
        "Hostname",
        "Image",
        "Labels",
        "MacAddress",
        "NetworkDisabled",
        "NetworkingConfig",
        "OnBuild",
        "OpenStdin",
        "Shell",
        "StdinOnce",
        "StopSignal",
        "StopTimeout",
        "Tty",
        "User",
        "Volumes",
        "WorkingDir",
    ]
)
TOP_EMPTY = frozenset({"Runtime"})
RESOURCES = frozenset(
    [
        "BlkioWeight",
        "CpuCount",
        "CpuPercent",
        "CpuPeriod",
        "CpuQuota",
        "CpuRealtimePeriod",
        "CpuRealtimeRuntime",
        "CpuShares",
        "CpusetCpus",
        "CpusetMems",
        "IOMaximumBandwidth",
        "IOMaximumIOps",
        "KernelMemory",
        "KernelMemoryTCP",
        "Memory",
        "MemoryReservation",
        "MemorySwap",
        "MemorySwappiness",
        "NanoCpus",
        "PidsLimit",
        "Ulimits",
    ]
)
HOST = RESOURCES | frozenset(
    [
        "AutoRemove",
        "Binds",
        "CapDrop",
        "CgroupnsMode",
        "ConsoleSize",
        "ContainerIDFile",
        "Dns",
        "DnsOptions",
        "DnsSearch",
        "ExtraHosts",
        "GroupAdd",
        "Init",
        "IpcMode",
        "Isolation",
        "Links",
        "LogConfig",
        "Mounts",
        "NetworkMode",
        "OomScoreAdj",
        "PidMode",
        "PortBindings",
        "PublishAllPorts",
        "ReadonlyRootfs",
        "RestartPolicy",
        "SecurityOpt",
        "ShmSize",
        "Tmpfs",
        "VolumeDriver",
        "VolumesFrom",
    ]
)
RESOURCES_EMPTY = frozenset(
    [
        "BlkioDeviceReadBps",
        "BlkioDeviceReadIOps",
        "BlkioDeviceWriteBps",
        "BlkioDeviceWriteIOps",
        "BlkioWeightDevice",
        "CgroupParent",
        "DeviceCgroupRules",
        "DeviceRequests",
        "Devices",
        "OomKillDisable",
    ]
)
HOST_EMPTY = RESOURCES_EMPTY | frozenset(
    [
        "Annotations",
        "CapAdd",
        "Capabilities",
        "Cgroup",
        "Privileged",
        "Runtime",
        "StorageOpt",
        "Sysctls",
        "UTSMode",
        "UsernsMode",
    ]
)
# An empty list of them means that nothing is masked.
HOST_NULL = frozenset({"MaskedPaths", "ReadonlyPaths"})
ENDPOINT = frozenset(
    [
        "Aliases",
        "DNSNames",
        "Gateway",
        "GlobalIPv6Address",
        "GlobalIPv6PrefixLen",
        "GwPriority",
        "IPAMConfig",
        "IPAddress",
        "IPPrefixLen",
        "IPv6Gateway",
        "MacAddress",
        "EndpointID",
        "NetworkID",
    ]
)
ENDPOINT_EMPTY = frozenset({"DriverOpts", "Links"})
