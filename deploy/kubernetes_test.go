package deploy

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// objects are what kubectl apply -k would send, by kind and name.
type objects map[string]runtime.Object

// build runs kustomize on a directory on disk, or in memory if files are given, and decodes what
// comes out: unknown and repeated fields are errors.
func build(t *testing.T, files filesys.FileSystem, dir string) objects {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, dir)
	if err != nil {
		t.Fatal(err)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme, rbacv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	all := make(objects)
	for _, r := range resources.Resources() {
		text := r.MustYaml()
		object, kind, err := decoder.Decode([]byte(text), nil, nil)
		if err != nil {
			t.Errorf("%s: %v\n%s", r.GetName(), err, text)
			continue
		}
		all[kind.Kind+" "+r.GetName()] = object
	}
	return all
}

func get[T runtime.Object](t *testing.T, all objects, name string) (object T) {
	t.Helper()
	object, ok := all[name].(T)
	if !ok {
		t.Fatalf("no %s among %q", name, slices.Sorted(maps.Keys(all)))
	}
	return object
}

func TestNodesAndEinstein(t *testing.T) {
	for dir, name := range map[string]string{"node": "ringmend-node", "einstein": "einstein-node"} {
		t.Run(dir, func(t *testing.T) {
			all := build(t, filesys.MakeFsOnDisk(), "kubernetes/"+dir)
			set := get[*appsv1.StatefulSet](t, all, "StatefulSet "+name)
			service := get[*corev1.Service](t, all, "Service "+name)
			account := get[*corev1.ServiceAccount](t, all, "ServiceAccount "+name)
			budget := get[*policyv1.PodDisruptionBudget](t, all, "PodDisruptionBudget "+name)
			pod := &set.Spec.Template

			checkSelectors(t, pod.Labels, map[string]*metav1.LabelSelector{
				"StatefulSet": set.Spec.Selector, "PodDisruptionBudget": budget.Spec.Selector, "Service": {MatchLabels: service.Spec.Selector},
			})
			checkPod(t, &pod.Spec, set.Spec.VolumeClaimTemplates)
			if set.Spec.ServiceName != service.Name || pod.Spec.ServiceAccountName != account.Name {
				t.Errorf("the set is of service %q and account %q", set.Spec.ServiceName, pod.Spec.ServiceAccountName)
			}
			if service.Spec.ClusterIP != corev1.ClusterIPNone || !service.Spec.PublishNotReadyAddresses {
				t.Errorf("the service has not the addresses of all pods: %+v", service.Spec)
			}
			if want := "--hosts=dns://" + service.Name + ":3000"; !slices.Contains(pod.Spec.Containers[0].Args, want) {
				t.Errorf("no %s in %q", want, pod.Spec.Containers[0].Args)
			}
			if set.Spec.PodManagementPolicy != appsv1.ParallelPodManagement {
				t.Error("a node must not wait for others to be ready: they wait for it")
			}
			if left := budget.Spec.MaxUnavailable; left == nil || *left != intstr.FromInt32(1) {
				t.Errorf("drains take %v nodes at a time", left)
			}
		})
	}
}

// Clients of einstein come to nodes that are ready, and only to those.
func TestClientsOfEinsteinComeToReadyNodes(t *testing.T) {
	all := build(t, filesys.MakeFsOnDisk(), "kubernetes/einstein")
	service := get[*corev1.Service](t, all, "Service einstein-clients")
	if service.Spec.PublishNotReadyAddresses || service.Spec.ClusterIP == corev1.ClusterIPNone {
		t.Errorf("%+v", service.Spec)
	}
	pod := get[*appsv1.StatefulSet](t, all, "StatefulSet einstein-node").Spec.Template
	checkSelectors(t, pod.Labels, map[string]*metav1.LabelSelector{"Service": {MatchLabels: service.Spec.Selector}})
	added := pod.Spec.Containers[0].SecurityContext.Capabilities.Add
	if !slices.Equal(added, []corev1.Capability{"NET_ADMIN"}) || *pod.Spec.SecurityContext.RunAsUser != 0 {
		t.Errorf("make_partition cannot cut it: %v, %+v", added, pod.Spec.SecurityContext)
	}
}

// The component for the lease adds the rights, the token to use them, and the flags that do.
func TestLease(t *testing.T) {
	without := build(t, filesys.MakeFsOnDisk(), "kubernetes/node")
	for name := range without {
		if strings.HasPrefix(name, "Role") {
			t.Errorf("nodes have rights that they do not need: %s", name)
		}
	}
	if token := get[*appsv1.StatefulSet](t, without, "StatefulSet ringmend-node").Spec.Template.Spec.AutomountServiceAccountToken; token == nil || *token {
		t.Error("the nodes have a token that they do not need")
	}
	files := filesys.MakeFsInMemory()
	copyInto(t, files, "kubernetes")
	path := "kubernetes/node/kustomization.yaml"
	text, err := files.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.ReplaceAll(string(text), "\n# components:\n#   - ../lease\n", "\ncomponents:\n  - ../lease\n")
	if with == string(text) {
		t.Fatal("how to add the lease is not in the file")
	}
	if err := files.WriteFile(path, []byte(with)); err != nil {
		t.Fatal(err)
	}
	all := build(t, files, "kubernetes/node")
	pod := get[*appsv1.StatefulSet](t, all, "StatefulSet ringmend-node").Spec.Template.Spec
	if token := pod.AutomountServiceAccountToken; token == nil || !*token {
		t.Error("the nodes have no token")
	}
	binding := get[*rbacv1.RoleBinding](t, all, "RoleBinding ringmend-lease")
	if binding.RoleRef.Name != "ringmend-lease" || len(binding.Subjects) != 1 || binding.Subjects[0].Name != pod.ServiceAccountName {
		t.Errorf("the right is not that of the pods: %+v", binding)
	}
	role := get[*rbacv1.Role](t, all, "Role ringmend-lease")
	settings := make(map[string]string)
	for _, e := range pod.Containers[0].Env {
		settings[e.Name] = e.Value
	}
	named := role.Rules[1].ResourceNames
	if len(named) != 1 || settings["TESTPOP_RESOLVER"] != "lease-majority" || settings["TESTPOP_RESOLVER_LEASE"] != "kubernetes:"+named[0] {
		t.Errorf("%q may be used, and the settings are %v", named, settings)
	}
}

func copyInto(t *testing.T, files filesys.FileSystem, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return files.WriteFile(path, text)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestGuard(t *testing.T) {
	all := build(t, filesys.MakeFsOnDisk(), "kubernetes/guard")
	deployment := get[*appsv1.Deployment](t, all, "Deployment ringmend-guard")
	service := get[*corev1.Service](t, all, "Service ringmend-guard")
	claim := get[*corev1.PersistentVolumeClaim](t, all, "PersistentVolumeClaim ringmend-guard")
	policy := get[*networkingv1.NetworkPolicy](t, all, "NetworkPolicy ringmend-node")
	pod := &deployment.Spec.Template
	checkSelectors(t, pod.Labels, map[string]*metav1.LabelSelector{
		"Deployment": deployment.Spec.Selector, "Service": {MatchLabels: service.Spec.Selector},
	})
	checkPod(t, &pod.Spec, nil)
	if pod.Spec.Volumes[0].PersistentVolumeClaim.ClaimName != claim.Name {
		t.Errorf("volume %+v", pod.Spec.Volumes[0])
	}
	if deployment.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType {
		t.Error("two may write the file")
	}

	// It may call the nodes, and they each other.
	nodes := get[*appsv1.StatefulSet](t, build(t, filesys.MakeFsOnDisk(), "kubernetes/node"), "StatefulSet ringmend-node")
	if target := pod.Spec.Containers[0].Args[len(pod.Spec.Containers[0].Args)-1]; target != nodes.Spec.ServiceName+":3000" {
		t.Errorf("it watches %s", target)
	}
	checkSelectors(t, nodes.Spec.Template.Labels, map[string]*metav1.LabelSelector{
		"NetworkPolicy": &policy.Spec.PodSelector, "from nodes": policy.Spec.Ingress[0].From[0].PodSelector,
	})
	checkSelectors(t, pod.Labels, map[string]*metav1.LabelSelector{"from the guard": policy.Spec.Ingress[0].From[1].PodSelector})
}

// checkSelectors checks that selectors select pods with these labels, and that they say which.
func checkSelectors(t *testing.T, pod map[string]string, selectors map[string]*metav1.LabelSelector) {
	t.Helper()
	for what, selector := range selectors {
		s, err := metav1.LabelSelectorAsSelector(selector)
		if err != nil || s.Empty() || !s.Matches(labels.Set(pod)) {
			t.Errorf("%s selects %v, and pods have %v: %v", what, selector, pod, err)
		}
	}
}

// checkPod checks what the API server does not: that names lead somewhere, and that the program
// has no rights that it does not need.
func checkPod(t *testing.T, pod *corev1.PodSpec, claims []corev1.PersistentVolumeClaim) {
	t.Helper()
	if len(pod.Containers) != 1 {
		t.Fatalf("%d containers", len(pod.Containers))
	}
	c := &pod.Containers[0]
	volumes := make(map[string]bool)
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
	}
	for _, v := range claims {
		volumes[v.Name] = true
	}
	for _, m := range c.VolumeMounts {
		if !volumes[m.Name] {
			t.Errorf("no volume %s", m.Name)
		}
	}
	for path, probe := range map[string]*corev1.Probe{"/livez": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != path {
			t.Errorf("no probe of %s", path)
			continue
		}
		if !slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == probe.HTTPGet.Port.StrVal }) {
			t.Errorf("%s is probed at %s, which is no port", path, probe.HTTPGet.Port.String())
		}
	}
	if c.StartupProbe != nil {
		t.Error("a probe would restart a node that waits for others")
	}
	for _, arg := range c.Args {
		for name := range strings.SplitSeq(arg, "$(") {
			name, _, isVariable := strings.Cut(name, ")")
			if isVariable && !slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == name }) {
				t.Errorf("%s: no variable %s", arg, name)
			}
		}
	}
	s := c.SecurityContext
	if s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem ||
		fmt.Sprint(s.Capabilities.Drop) != "[ALL]" || pod.SecurityContext == nil || pod.SecurityContext.SeccompProfile == nil {
		t.Errorf("not hardened: %+v, %+v", s, pod.SecurityContext)
	}
	if c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() {
		t.Errorf("resources %+v", c.Resources)
	}
}
