// What an HTTPRoute's spec and an InferencePool's may hold, as the CRD of kserve/kserve aaac4e294 has
// it. Data alone; shapes.ts says how it is read, gateway_rules.ts what holds between the fields.

export const GATEWAY_SHAPES = String.raw`
Group = string ..253 /^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
Kind = string 1..63 /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/
Name = string 1..253
DNSLabel = string 1..63 /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
PortNumber = int32 1..65535
HeaderName = string 1..256 /^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$/
CORSMethod = string in GET,HEAD,POST,PUT,DELETE,CONNECT,OPTIONS,TRACE,PATCH,*
Origin = string 1..253 /(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)/
Subdomain = string 1..253 /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
Duration = string /^([0-9]{1,5}(h|m|s|ms)){1,4}$/
StatusCode = integer 400..599
Hostname = string 1..253 /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
ShortText = string 0..63
LabelValue = string 0..63 /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
BackendReference: group Group = ""; kind Kind = "Service"; name! Name; namespace DNSLabel;
  port PortNumber
CookieConfig: lifetimeType string in Permanent,Session = "Session"
EndpointPickerRef: failureMode string in FailOpen,FailClose = "FailClose"; group Group = "";
  kind Kind = "Service"; name! Name; port Port
Extension: failureMode! string in FailOpen,FailClose; group Group; kind Kind; name! Name;
  portNumber PortNumber
ForwardBodyConfig: maxSize integer
Fraction: denominator int32 1.. = 100; numerator! int32 0..
GRPCAuthConfig: allowedHeaders [string] ..64 set
HTTPAuthConfig: allowedHeaders [string] ..64 set; allowedResponseHeaders [string] ..64 set;
  path string ..1024 /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/
HTTPBackendRef: filters [HTTPRouteFilter] ..16; group Group = ""; kind Kind = "Service";
  name! Name; namespace DNSLabel; port PortNumber; weight int32 0..1000000 = 1
HTTPCORSFilter: allowCredentials boolean; allowHeaders [HeaderName] ..64 set;
  allowMethods [CORSMethod] ..9 set; allowOrigins [Origin] ..64 set;
  exposeHeaders [HeaderName] ..64 set; maxAge int32 1.. = 5
HTTPExternalAuthFilter: backendRef! BackendReference; forwardBody ForwardBodyConfig;
  grpc GRPCAuthConfig; http HTTPAuthConfig; protocol! string in HTTP,GRPC
HTTPHeader: name! HeaderName; value! string 1..4096
HTTPHeaderFilter: add [HTTPHeader] ..16 by name; remove [string] ..16 set;
  set [HTTPHeader] ..16 by name
HTTPHeaderMatch: name! HeaderName; type string in Exact,RegularExpression = "Exact";
  value! string 1..4096
HTTPPathMatch: type string in Exact,PathPrefix,RegularExpression = "PathPrefix";
  value string ..1024 = "/"
HTTPPathModifier: replaceFullPath string ..1024; replacePrefixMatch string ..1024;
  type! string in ReplaceFullPath,ReplacePrefixMatch
HTTPQueryParamMatch: name! HeaderName; type string in Exact,RegularExpression = "Exact";
  value! string 1..1024
HTTPRequestMirrorFilter: backendRef! BackendReference; fraction Fraction; percent int32 0..100
HTTPRequestRedirectFilter: hostname Subdomain; path HTTPPathModifier; port PortNumber;
  scheme string in http,https; statusCode integer in 301,302,303,307,308 = 302
HTTPRouteFilter: cors HTTPCORSFilter; extensionRef LocalReference;
  externalAuth HTTPExternalAuthFilter; requestHeaderModifier HTTPHeaderFilter;
  requestMirror HTTPRequestMirrorFilter; requestRedirect HTTPRequestRedirectFilter;
  responseHeaderModifier HTTPHeaderFilter;
  type! string in RequestHeaderModifier,ResponseHeaderModifier,RequestMirror,RequestRedirect,URLRewrite,ExtensionRef,CORS;
  urlRewrite HTTPURLRewriteFilter
HTTPRouteMatch: headers [HTTPHeaderMatch] ..16 by name;
  method string in GET,HEAD,POST,PUT,DELETE,CONNECT,OPTIONS,TRACE,PATCH;
  path HTTPPathMatch = {"type":"PathPrefix","value":"/"};
  queryParams [HTTPQueryParamMatch] ..16 by name
HTTPRouteRetry: attempts integer; backoff Duration; codes [StatusCode]
HTTPRouteRule: backendRefs [HTTPBackendRef] ..16; filters [HTTPRouteFilter] ..16;
  matches [HTTPRouteMatch] ..64 = [{"path":{"type":"PathPrefix","value":"/"}}]; name Subdomain;
  retry HTTPRouteRetry; sessionPersistence SessionPersistence; timeouts HTTPRouteTimeouts
HTTPRouteSpec: hostnames [Hostname] ..16; parentRefs [ParentReference] ..32;
  rules [HTTPRouteRule] 1..16 = [{"matches":[{"path":{"type":"PathPrefix","value":"/"}}]}];
  useDefaultGateways string in All,None
HTTPRouteTimeouts: backendRequest Duration; request Duration
HTTPURLRewriteFilter: hostname Subdomain; path HTTPPathModifier
InferencePoolSpec: appProtocol string in http,kubernetes.io/h2c = "http";
  endpointPickerRef! EndpointPickerRef; selector! PoolSelector; targetPorts! [Port] 1..8
InferencePoolSpecV1alpha2: extensionRef Extension; selector! {ShortText}; targetPortNumber! int32
LocalReference: group! Group; kind! Kind; name! Name
ParentReference: group Group = "gateway.networking.k8s.io"; kind Kind = "Gateway"; name! Name;
  namespace DNSLabel; port PortNumber; sectionName Subdomain
PoolSelector: matchLabels! {LabelValue} 1..64
Port: number! PortNumber
SessionPersistence: absoluteTimeout Duration; cookieConfig CookieConfig; idleTimeout Duration;
  sessionName string ..128; type string in Cookie,Header = "Cookie"
`;
