extension OperationFamily {
    /// All 161 operations, each in one family.
    package static let all: [OperationFamily] =
        machines + storage + watching
        + [
            OperationFamily(
                "export to EC2",
                [
                    "ExportSnapshot", "GetExportSnapshotRecords", "CreateCloudFormationStack",
                    "GetCloudFormationStackRecords",
                ], reason: "there is no EC2 and no CloudFormation behind it",
                instead: "make instances of a snapshot with CreateInstancesFromSnapshot"),
            OperationFamily(
                "load balancers",
                [
                    "CreateLoadBalancer", "GetLoadBalancer", "GetLoadBalancers", "DeleteLoadBalancer",
                    "AttachInstancesToLoadBalancer", "DetachInstancesFromLoadBalancer", "UpdateLoadBalancerAttribute",
                    "GetLoadBalancerMetricData", "GetLoadBalancerTlsPolicies", "CreateLoadBalancerTlsCertificate",
                    "AttachLoadBalancerTlsCertificate", "DeleteLoadBalancerTlsCertificate",
                    "GetLoadBalancerTlsCertificates",
                ], reason: "it runs servers, and balances no load between them",
                instead: "run HAProxy or nginx on an instance of its own"),
            OperationFamily(
                "managed databases",
                [
                    "CreateRelationalDatabase", "CreateRelationalDatabaseFromSnapshot",
                    "CreateRelationalDatabaseSnapshot", "DeleteRelationalDatabase", "DeleteRelationalDatabaseSnapshot",
                    "GetRelationalDatabase", "GetRelationalDatabases", "GetRelationalDatabaseBlueprints",
                    "GetRelationalDatabaseBundles", "GetRelationalDatabaseEvents", "GetRelationalDatabaseLogEvents",
                    "GetRelationalDatabaseLogStreams", "GetRelationalDatabaseMasterUserPassword",
                    "GetRelationalDatabaseMetricData", "GetRelationalDatabaseParameters",
                    "GetRelationalDatabaseSnapshot", "GetRelationalDatabaseSnapshots", "RebootRelationalDatabase",
                    "StartRelationalDatabase", "StopRelationalDatabase", "UpdateRelationalDatabase",
                    "UpdateRelationalDatabaseParameters",
                ], reason: "nobody here patches and watches a database for its user",
                instead: "make an instance of the blueprint 'postgresql'"),
            OperationFamily(
                "buckets",
                [
                    "CreateBucket", "DeleteBucket", "GetBuckets", "GetBucketBundles", "UpdateBucket",
                    "UpdateBucketBundle", "CreateBucketAccessKey", "DeleteBucketAccessKey", "GetBucketAccessKeys",
                    "GetBucketMetricData", "SetResourceAccessForBucket",
                ], reason: "it stores no objects", instead: "run an S3 server such as Garage on an instance with a disk"
            ),
            OperationFamily(
                "container services",
                [
                    "CreateContainerService", "GetContainerServices", "UpdateContainerService",
                    "DeleteContainerService", "CreateContainerServiceDeployment", "GetContainerServiceDeployments",
                    "CreateContainerServiceRegistryLogin", "RegisterContainerImage", "GetContainerImages",
                    "DeleteContainerImage", "GetContainerLog", "GetContainerServiceMetricData",
                    "GetContainerServicePowers", "GetContainerAPIMetadata",
                ], reason: "it runs servers, and no container images", instead: "run podman on an instance"),
            OperationFamily(
                "certificates", ["CreateCertificate", "DeleteCertificate", "GetCertificates"],
                reason: "they are for load balancers and distributions, which it does not offer",
                instead: "get one with certbot on the instance"),
            OperationFamily(
                "distributions",
                [
                    "CreateDistribution", "UpdateDistribution", "DeleteDistribution", "GetDistributions",
                    "GetDistributionBundles", "UpdateDistributionBundle", "ResetDistributionCache",
                    "GetDistributionLatestCacheReset", "GetDistributionMetricData", "AttachCertificateToDistribution",
                    "DetachCertificateFromDistribution",
                ], reason: "it has no machines all over the world",
                instead: "put a CDN of your choice before the instance"
            ),
            OperationFamily(
                "HTTPS set-up", ["SetupInstanceHttps", "GetSetupHistory"],
                reason: "nobody here asks Let's Encrypt for certificates",
                instead: "run certbot on the instance, e.g. in its launch script"),
            OperationFamily(
                "GUI sessions", ["CreateGUISessionAccessDetails", "StartGUISession", "StopGUISession"],
                reason: "its machines have no desktop", instead: "log in with sloop ssh"),
            OperationFamily(
                "VPC peering", ["PeerVpc", "UnpeerVpc", "IsVpcPeered"], reason: "there is no VPC to peer with",
                instead: "route to the bridge of the machines; see docs/incus.md"),
        ]

    private static let machines = [
        OperationFamily("regions", ["GetRegions"]),
        OperationFamily("catalog", ["GetBlueprints", "GetBundles"]),
        OperationFamily(
            "key pairs",
            [
                "CreateKeyPair", "ImportKeyPair", "GetKeyPair", "GetKeyPairs", "DeleteKeyPair",
                "DownloadDefaultKeyPair",
            ]),
        OperationFamily(
            "instances",
            [
                "CreateInstances", "GetInstance", "GetInstances", "GetInstanceState", "StartInstance", "StopInstance",
                "RebootInstance", "DeleteInstance", "UpdateInstanceMetadataOptions", "SetIpAddressType",
            ]),
        OperationFamily("access to instances", ["GetInstanceAccessDetails", "DeleteKnownHostKeys"]),
        OperationFamily(
            "firewall",
            [
                "OpenInstancePublicPorts", "CloseInstancePublicPorts", "PutInstancePublicPorts",
                "GetInstancePortStates",
            ]),
        OperationFamily(
            "static addresses",
            [
                "AllocateStaticIp", "AttachStaticIp", "DetachStaticIp", "GetStaticIp", "GetStaticIps",
                "ReleaseStaticIp",
            ]),
    ]

    private static let storage = [
        OperationFamily(
            "disks", ["CreateDisk", "AttachDisk", "DetachDisk", "DeleteDisk", "GetDisk", "GetDisks"]),
        OperationFamily(
            "snapshots of disks",
            [
                "CreateDiskSnapshot", "CreateDiskFromSnapshot", "DeleteDiskSnapshot", "GetDiskSnapshot",
                "GetDiskSnapshots",
            ]),
        OperationFamily(
            "snapshots of instances",
            [
                "CreateInstanceSnapshot", "CreateInstancesFromSnapshot", "DeleteInstanceSnapshot",
                "GetInstanceSnapshot", "GetInstanceSnapshots", "CopySnapshot",
            ]),
        OperationFamily(
            "automatic snapshots", ["EnableAddOn", "DisableAddOn", "GetAutoSnapshots", "DeleteAutoSnapshot"]),
    ]

    private static let watching = [
        OperationFamily("tags", ["TagResource", "UntagResource"]),
        OperationFamily(
            "operations", ["GetOperation", "GetOperations", "GetOperationsForResource", "GetActiveNames"]),
        OperationFamily("metrics", ["GetInstanceMetricData"]),
        OperationFamily("alarms", ["PutAlarm", "GetAlarms", "DeleteAlarm", "TestAlarm"]),
        OperationFamily(
            "contact methods",
            ["CreateContactMethod", "GetContactMethods", "DeleteContactMethod", "SendContactMethodVerification"]),
        OperationFamily("costs", ["GetCostEstimate"]),
        OperationFamily(
            "domains",
            [
                "CreateDomain", "GetDomain", "GetDomains", "DeleteDomain", "CreateDomainEntry", "UpdateDomainEntry",
                "DeleteDomainEntry",
            ]),
    ]
}
