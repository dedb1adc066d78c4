# scripts/post_deploy_checks.py
import requests
import sys
import time

def check_service_health(endpoint):
    """Verify service health after deployment"""
    max_attempts = 30
    for attempt in range(max_attempts):
        try:
            response = requests.get(f"{endpoint}/health", timeout=10)
            if response.status_code == 200:
                health_data = response.json()
                if health_data.get('status') == 'healthy':
                    print(f"✅ Service healthy after {attempt + 1} attempts")
                    return True
        except Exception as e:
            print(f"❌ Attempt {attempt + 1}: {e}")

        time.sleep(10)

    return False

def run_integration_tests(endpoint):
    """Run post-deployment integration tests"""
    test_cases = [
        f"{endpoint}/api/docs/search",
        f"{endpoint}/api/agents/status",
        f"{endpoint}/api/metrics"
    ]

    for test_case in test_cases:
        response = requests.get(test_case, timeout=30)
        if response.status_code != 200:
            print(f"❌ Integration test failed: {test_case}")
            return False

    print("✅ All integration tests passed")
    return True

if __name__ == "__main__":
    endpoint = sys.argv[1]

    if not check_service_health(endpoint):
        sys.exit(1)

    if not run_integration_tests(endpoint):
        sys.exit(1)

    print("🎉 Post-deployment verification successful")
