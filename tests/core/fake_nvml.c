/* A management library of a GPU that is not there: the functions that core/gpu.cpp calls, with the
   types and status codes of NVML's own header. One GPU, index 0, PCI bus id 0000:17:00.0. */

typedef void *device_t;
static int the_gpu;

int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, device_t *device) {
  *device = &the_gpu;
  return index == 0 ? 0 : 2; /* NVML_ERROR_INVALID_ARGUMENT */
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *bus_id, device_t *device) {
  const char *mine = "0000:17:00.0";
  while (*mine && *mine == *bus_id) ++mine, ++bus_id;
  *device = &the_gpu;
  return *mine == *bus_id ? 0 : 6; /* NVML_ERROR_NOT_FOUND */
}

static int put(char *out, unsigned length, const char *text) {
  while (length-- > 1 && *text) *out++ = *text++;
  *out = 0;
  return 0;
}

int nvmlDeviceGetName(device_t device, char *out, unsigned length) {
  return device == &the_gpu ? put(out, length, "NVIDIA Abacus 80GB") : 2;
}

int nvmlSystemGetDriverVersion(char *out, unsigned length) { return put(out, length, "550.54.15"); }

int nvmlDeviceGetMemoryInfo(device_t device, unsigned long long *total_free_used) {
  total_free_used[0] = 85899345920ULL;
  total_free_used[1] = 85899341824ULL;
  total_free_used[2] = 4096;
  return device == &the_gpu ? 0 : 2;
}

/* Clock types: 0 graphics, 1 SM, 2 memory; MHz. */
int nvmlDeviceGetMaxClockInfo(device_t device, unsigned type, unsigned *mhz) {
  *mhz = type == 1 ? 1980 : type == 2 ? 2619 : 0;
  return device == &the_gpu ? 0 : 2;
}

int nvmlDeviceGetClockInfo(device_t device, unsigned type, unsigned *mhz) {
  *mhz = type == 1 ? 345 : type == 2 ? 2619 : 0;
  return device == &the_gpu ? 0 : 2;
}

int nvmlDeviceGetEnforcedPowerLimit(device_t device, unsigned *milliwatts) {
  *milliwatts = 700000;
  return device == &the_gpu ? 0 : 2;
}

int nvmlDeviceGetPowerUsage(device_t device, unsigned *milliwatts) {
  *milliwatts = 71250;
  return device == &the_gpu ? 0 : 2;
}

int nvmlDeviceGetTemperature(device_t device, unsigned sensor, unsigned *celsius) {
  *celsius = 34;
  return device == &the_gpu && sensor == 0 ? 0 : 2;
}

int nvmlDeviceGetPersistenceMode(device_t device, int *mode) {
  *mode = 1;
  return device == &the_gpu ? 0 : 2;
}

/* nvmlDeviceGetMigMode is left out: an older driver's library lacks functions. */

int nvmlDeviceGetUtilizationRates(device_t device, unsigned *gpu_memory) {
  gpu_memory[0] = 12;
  gpu_memory[1] = 3;
  return device == &the_gpu ? 0 : 2;
}

int nvmlDeviceGetComputeRunningProcesses_v3(device_t device, unsigned *count, void *infos) {
  *count = 2;
  return device != &the_gpu ? 2 : infos ? 0 : 7; /* NVML_ERROR_INSUFFICIENT_SIZE */
}

int nvmlDeviceGetCurrentClocksThrottleReasons(device_t device, unsigned long long *reasons) {
  *reasons = 0x1 | 0x4 | 0x40; /* idle, software power cap, hardware thermal slowdown */
  return device == &the_gpu ? 0 : 2;
}
