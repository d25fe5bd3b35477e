// What a pod's spec and an autoscaler's may hold, as the CRD of kserve/kserve aaac4e294 has it. Data
// alone; shapes.ts says how it is read.

export const POD_SHAPES = String.raw`
AWSElasticBlockStore: fsType string; partition int32; readOnly boolean; volumeID! string
Affinity: nodeAffinity NodeAffinity; podAffinity PodAffinity; podAntiAffinity PodAffinity
AzureDisk: cachingMode string; diskName! string; diskURI! string; fsType string = "ext4";
  kind string; readOnly boolean = false
AzureFile: readOnly boolean; secretName! string; shareName! string
CSI: driver! string; fsType string; nodePublishSecretRef LocalObjectReference; readOnly boolean;
  volumeAttributes {string}
Capabilities: add [string]; drop [string]
CephFS: monitors! [string]; path string; readOnly boolean; secretFile string;
  secretRef LocalObjectReference; user string
Cinder: fsType string; readOnly boolean; secretRef LocalObjectReference; volumeID! string
ClusterTrustBundleProjection: labelSelector LabelSelector; name string; optional boolean;
  path! string; signerName string
ConfigMapVolume: defaultMode int32; items [KeyToPath]; name string = ""; optional boolean
Container: args [string]; command [string]; env [EnvVar] by name; envFrom [EnvFromSource];
  image string; imagePullPolicy string; lifecycle Lifecycle; livenessProbe Probe; name! string;
  ports [ContainerPort] by containerPort,protocol; readinessProbe Probe;
  resizePolicy [ContainerResizePolicy]; resources ResourceRequirements; restartPolicy string;
  restartPolicyRules [ContainerRestartRule]; securityContext SecurityContext; startupProbe Probe;
  stdin boolean; stdinOnce boolean; terminationMessagePath string;
  terminationMessagePolicy string; tty boolean; volumeDevices [VolumeDevice] by devicePath;
  volumeMounts [VolumeMount] by mountPath; workingDir string
ContainerPort: containerPort! int32; hostIP string; hostPort int32; name string;
  protocol string = "TCP"
ContainerResizePolicy: resourceName! string; restartPolicy! string
ContainerRestartRule: action! string; exitCodes ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes: operator! string; values [int32] set
DownwardAPIFile: fieldRef ObjectFieldSelector; mode int32; path! string;
  resourceFieldRef ResourceFieldSelector
DownwardAPIProjection: items [DownwardAPIFile]
DownwardAPIVolume: defaultMode int32; items [DownwardAPIFile]
EmptyDir: medium string; sizeLimit quantity
EnvFromSource: configMapRef OptionalReference; prefix string; secretRef OptionalReference
EnvVar: name! string; value string; valueFrom EnvVarSource
EnvVarSource: configMapKeyRef KeySelector; fieldRef ObjectFieldSelector;
  fileKeyRef FileKeySelector; resourceFieldRef ResourceFieldSelector; secretKeyRef KeySelector
EphemeralContainer: ...Container; targetContainerName string
EphemeralVolume: volumeClaimTemplate PersistentVolumeClaimTemplate
ExecAction: command [string]
FC: fsType string; lun int32; readOnly boolean; targetWWNs [string]; wwids [string]
FileKeySelector: key! string; optional boolean = false; path! string; volumeName! string
FlexVolume: driver! string; fsType string; options {string}; readOnly boolean;
  secretRef LocalObjectReference
Flocker: datasetName string; datasetUUID string
GCEPersistentDisk: fsType string; partition int32; pdName! string; readOnly boolean
GRPCAction: port! int32; service string = ""
GitRepo: directory string; repository! string; revision string
Glusterfs: endpoints! string; path! string; readOnly boolean
HPABehavior: scaleDown HPAScalingRules; scaleUp HPAScalingRules
HPAScalingPolicy: periodSeconds! int32; type! string; value! int32
HPAScalingRules: policies [HPAScalingPolicy]; selectPolicy string;
  stabilizationWindowSeconds int32; tolerance quantity
HTTPGetAction: host string; httpHeaders [NameValue]; path string; port! intOrString; scheme string
HostAlias: hostnames [string]; ip! string
HostPath: path! string; type string
ISCSI: chapAuthDiscovery boolean; chapAuthSession boolean; fsType string; initiatorName string;
  iqn! string; iscsiInterface string = "default"; lun! int32; portals [string]; readOnly boolean;
  secretRef LocalObjectReference; targetPortal! string
ImageVolume: pullPolicy string; reference string
KEDAAdvanced: horizontalPodAutoscalerConfig KEDAHPAConfig; restoreToOriginalReplicaCount boolean;
  scalingModifiers KEDAScalingModifiers
KEDAAuthenticationRef: kind string; name! string
KEDAFallback: behavior string in static,currentReplicas,currentReplicasIfHigher,currentReplicasIfLower = "static";
  failureThreshold! int32; replicas! int32
KEDAHPAConfig: behavior HPABehavior; name string
KEDAScalingModifiers: activationTarget string; formula string;
  metricType string in AverageValue,Value; target string
KEDATrigger: authenticationRef KEDAAuthenticationRef; metadata! {string}; metricType string;
  name string; type! string; useCachedMetrics boolean
KeySelector: key! string; name string = ""; optional boolean
KeyToPath: key! string; mode int32; path! string
KeysProjection: items [KeyToPath]; name string = ""; optional boolean
LabelSelector: matchExpressions [SelectorRequirement]; matchLabels {string}
Lifecycle: postStart LifecycleHandler; preStop LifecycleHandler; stopSignal string
LifecycleHandler: exec ExecAction; httpGet HTTPGetAction; sleep SleepAction;
  tcpSocket TCPSocketAction
LocalObjectReference: name string = ""
NFS: path! string; readOnly boolean; server! string
NameValue: name! string; value! string
Named: name! string
NodeAffinity: preferredDuringSchedulingIgnoredDuringExecution [PreferredSchedulingTerm];
  requiredDuringSchedulingIgnoredDuringExecution NodeSelector
NodeSelector: nodeSelectorTerms! [NodeSelectorTerm]
NodeSelectorTerm: matchExpressions [SelectorRequirement]; matchFields [SelectorRequirement]
ObjectFieldSelector: apiVersion string; fieldPath! string
OptionalReference: name string = ""; optional boolean
PersistentVolumeClaimSpec: accessModes [string]; dataSource TypedLocalObjectReference;
  dataSourceRef TypedObjectReference; resources VolumeResourceRequirements;
  selector LabelSelector; storageClassName string; volumeAttributesClassName string;
  volumeMode string; volumeName string
PersistentVolumeClaimTemplate: metadata empty; spec! PersistentVolumeClaimSpec
PersistentVolumeClaimVolume: claimName! string; readOnly boolean
PhotonPersistentDisk: fsType string; pdID! string
PodAffinity: preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm];
  requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm]
PodAffinityTerm: labelSelector LabelSelector; matchLabelKeys [string]; mismatchLabelKeys [string];
  namespaceSelector LabelSelector; namespaces [string]; topologyKey! string
PodCertificateProjection: certificateChainPath string; credentialBundlePath string;
  keyPath string; keyType! string; maxExpirationSeconds int32; signerName! string
PodDNSConfig: nameservers [string]; options [PodDNSConfigOption]; searches [string]
PodDNSConfigOption: name string; value string
PodReadinessGate: conditionType! string
PodResourceClaim: name! string; resourceClaimName string; resourceClaimTemplateName string
PodSecurityContext: appArmorProfile SecurityProfile; fsGroup int64; fsGroupChangePolicy string;
  runAsGroup int64; runAsNonRoot boolean; runAsUser int64; seLinuxChangePolicy string;
  seLinuxOptions SELinuxOptions; seccompProfile SecurityProfile; supplementalGroups [int64];
  supplementalGroupsPolicy string; sysctls [NameValue];
  windowsOptions WindowsSecurityContextOptions
PodSpec: activeDeadlineSeconds int64; affinity Affinity; automountServiceAccountToken boolean;
  containers [Container] by name; dnsConfig PodDNSConfig; dnsPolicy string;
  enableServiceLinks boolean; ephemeralContainers [EphemeralContainer] by name;
  hostAliases [HostAlias] by ip; hostIPC boolean; hostNetwork boolean; hostPID boolean;
  hostUsers boolean; hostname string; hostnameOverride string;
  imagePullSecrets [LocalObjectReference] by name; initContainers [Container] by name;
  nodeName string; nodeSelector {string}; os Named; overhead {quantity}; preemptionPolicy string;
  priority int32; priorityClassName string; readinessGates [PodReadinessGate];
  resourceClaims [PodResourceClaim] by name; resources ResourceRequirements; restartPolicy string;
  runtimeClassName string; schedulerName string; schedulingGates [Named] by name;
  securityContext PodSecurityContext; serviceAccount string; serviceAccountName string;
  setHostnameAsFQDN boolean; shareProcessNamespace boolean; subdomain string;
  terminationGracePeriodSeconds int64; tolerations [Toleration];
  topologySpreadConstraints [TopologySpreadConstraint] by topologyKey,whenUnsatisfiable;
  volumes [Volume] by name
PortworxVolume: fsType string; readOnly boolean; volumeID! string
PreferredSchedulingTerm: preference! NodeSelectorTerm; weight! int32
Probe: exec ExecAction; failureThreshold int32; grpc GRPCAction; httpGet HTTPGetAction;
  initialDelaySeconds int32; periodSeconds int32; successThreshold int32;
  tcpSocket TCPSocketAction; terminationGracePeriodSeconds int64; timeoutSeconds int32
ProjectedVolume: defaultMode int32; sources [VolumeProjection]
Quobyte: group string; readOnly boolean; registry! string; tenant string; user string;
  volume! string
RBD: fsType string; image! string; keyring string = "/etc/ceph/keyring"; monitors! [string];
  pool string = "rbd"; readOnly boolean; secretRef LocalObjectReference; user string = "admin"
ResourceClaim: name! string; request string
ResourceFieldSelector: containerName string; divisor quantity; resource! string
ResourceRequirements: claims [ResourceClaim] by name; limits {quantity}; requests {quantity}
SELinuxOptions: level string; role string; type string; user string
ScaleIO: fsType string = "xfs"; gateway! string; protectionDomain string; readOnly boolean;
  secretRef! LocalObjectReference; sslEnabled boolean; storageMode string = "ThinProvisioned";
  storagePool string; system! string; volumeName string
SecretVolume: defaultMode int32; items [KeyToPath]; optional boolean; secretName string
SecurityContext: allowPrivilegeEscalation boolean; appArmorProfile SecurityProfile;
  capabilities Capabilities; privileged boolean; procMount string; readOnlyRootFilesystem boolean;
  runAsGroup int64; runAsNonRoot boolean; runAsUser int64; seLinuxOptions SELinuxOptions;
  seccompProfile SecurityProfile; windowsOptions WindowsSecurityContextOptions
SecurityProfile: localhostProfile string; type! string
SelectorRequirement: key! string; operator! string; values [string]
ServiceAccountTokenProjection: audience string; expirationSeconds int64; path! string
SleepAction: seconds! int64
StorageOS: fsType string; readOnly boolean; secretRef LocalObjectReference; volumeName string;
  volumeNamespace string
TCPSocketAction: host string; port! intOrString
TokenizerPodSpec: ...PodSpec; containers! [Container] by name
Toleration: effect string; key string; operator string; tolerationSeconds int64; value string
TopologySpreadConstraint: labelSelector LabelSelector; matchLabelKeys [string]; maxSkew! int32;
  minDomains int32; nodeAffinityPolicy string; nodeTaintsPolicy string; topologyKey! string;
  whenUnsatisfiable! string
TypedLocalObjectReference: apiGroup string; kind! string; name! string
TypedObjectReference: apiGroup string; kind! string; name! string; namespace string
Volume: awsElasticBlockStore AWSElasticBlockStore; azureDisk AzureDisk; azureFile AzureFile;
  cephfs CephFS; cinder Cinder; configMap ConfigMapVolume; csi CSI; downwardAPI DownwardAPIVolume;
  emptyDir EmptyDir; ephemeral EphemeralVolume; fc FC; flexVolume FlexVolume; flocker Flocker;
  gcePersistentDisk GCEPersistentDisk; gitRepo GitRepo; glusterfs Glusterfs; hostPath HostPath;
  image ImageVolume; iscsi ISCSI; name! string; nfs NFS;
  persistentVolumeClaim PersistentVolumeClaimVolume; photonPersistentDisk PhotonPersistentDisk;
  portworxVolume PortworxVolume; projected ProjectedVolume; quobyte Quobyte; rbd RBD;
  scaleIO ScaleIO; secret SecretVolume; storageos StorageOS; vsphereVolume VsphereVolume
VolumeDevice: devicePath! string; name! string
VolumeMount: mountPath! string; mountPropagation string; name! string; readOnly boolean;
  recursiveReadOnly string; subPath string; subPathExpr string
VolumeProjection: clusterTrustBundle ClusterTrustBundleProjection; configMap KeysProjection;
  downwardAPI DownwardAPIProjection; podCertificate PodCertificateProjection;
  secret KeysProjection; serviceAccountToken ServiceAccountTokenProjection
VolumeResourceRequirements: limits {quantity}; requests {quantity}
VsphereVolume: fsType string; storagePolicyID string; storagePolicyName string; volumePath! string
WeightedPodAffinityTerm: podAffinityTerm! PodAffinityTerm; weight! int32
WindowsSecurityContextOptions: gmsaCredentialSpec string; gmsaCredentialSpecName string;
  hostProcess boolean; runAsUserName string
`;
